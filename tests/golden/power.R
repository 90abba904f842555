# Golden numbers for the design of experiments, from R alone.
#
#   Rscript tests/golden/power.R        writes power.csv beside itself
#
# Means, group-sequential designs and survival are planned by rpact, Dunnett's bound is a quantile
# of the multivariate normal (mvtnorm), shares with pooled variance are stats::power.prop.test, the
# variance of a restricted mean is that of survival::survfit on a large sample, and the score test
# is enumerated with the likeliest shares found by a numerical search.

suppressPackageStartupMessages({
  library(mvtnorm)
  library(rpact)
  library(survival)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
rows <- list()
keep <- function(case, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(case = case, quantity = quantity, value = value)
}

# amounts: noncentral t
for (delta in c(0.2, 0.5, 1)) {
  keep(paste0("t_", delta), "n_per_arm", power.t.test(delta = delta, power = 0.8)$n)
  keep(paste0("t_", delta), "power_50", power.t.test(delta = delta, n = 50)$power)
}
keep("t_one_sided", "n_per_arm",
     power.t.test(delta = 0.3, sd = 1.5, power = 0.9, alternative = "one.sided")$n)
keep("t_detectable", "effect", power.t.test(n = 120, sd = 7, power = 0.8)$delta)

means <- function(...) {
  getSampleSizeMeans(groups = 2, alpha = 0.05, beta = 0.2, sided = 2, ...)
}
two <- means(alternative = 0.4, stDev = 1, allocationRatioPlanned = 2)
keep("t_ratio_2", "n_control", two$nFixed2)
keep("t_ratio_2", "n_treatment", two$nFixed1)
worse <- getSampleSizeMeans(groups = 2, alpha = 0.025, beta = 0.1, sided = 1, alternative = 0,
                            thetaH0 = -0.3, stDev = 1)
keep("t_not_worse", "n_per_arm", worse$nFixed1)

# shares: the pooled variance under the null makes n a little larger
keep("pooled_30_33", "n_per_arm", power.prop.test(p1 = 0.30, p2 = 0.33, power = 0.8)$n)
keep("pooled_30_40", "n_per_arm", power.prop.test(p1 = 0.30, p2 = 0.40, power = 0.8)$n)

# several arms
for (k in c(2, 3, 5)) {
  for (ratio in c(1, 0.5)) {
    rho <- ratio / (1 + ratio)
    corr <- matrix(rho, k, k)
    diag(corr) <- 1
    set.seed(1)
    z <- qmvnorm(0.95, tail = "both.tails", corr = corr,
                 algorithm = GenzBretz(maxpts = 1e6, abseps = 1e-7))$quantile
    keep(sprintf("dunnett_%d_%g", k, ratio), "z", z)
  }
}

# looks: two sides as one side of half the error, and what they cost
for (kind in c("asOF", "asP")) {
  for (looks in c(2, 3, 5)) {
    plan <- getDesignGroupSequential(kMax = looks, alpha = 0.025, beta = 0.2, sided = 1,
                                     typeOfDesign = kind)
    found <- getDesignCharacteristics(plan)
    keep(sprintf("%s_%d", kind, looks), "inflation", found$inflationFactor)
    keep(sprintf("%s_%d", kind, looks), "expected", found$averageSampleNumber1)
  }
}

# durations: events for a hazard ratio, and the share of units that has one
for (ratio in c(0.7, 1.2, 1.5)) {
  plan <- getSampleSizeSurvival(alpha = 0.05, beta = 0.2, sided = 2, hazardRatio = ratio,
                                pi2 = 0.3, eventTime = 90, accrualTime = 0.0001,
                                followUpTime = 90, dropoutRate1 = 0.1, dropoutRate2 = 0.1,
                                dropoutTime = 90, typeOfComputation = "Schoenfeld")
  keep(sprintf("survival_%g", ratio), "events", plan$eventsFixed)
  keep(sprintf("survival_%g", ratio), "n_per_arm", plan$nFixed / 2)
}

# restricted mean: n times the variance of the area under Kaplan–Meier, from 400,000 units
set.seed(1)
n <- 400000
for (share in c(0.3, 0.8)) {
  event <- rexp(n, -log(1 - share) / 90)
  lost <- rexp(n, -log(1 - 0.2) / 90)
  time <- pmin(event, lost, 90)
  fit <- survfit(Surv(time, event <= pmin(lost, 90)) ~ 1)
  found <- summary(fit, rmean = 90)$table
  keep(sprintf("restricted_%g", share), "mean", found[["rmean"]])
  keep(sprintf("restricted_%g", share), "sd", found[["se(rmean)"]] * sqrt(n))
}

# score test of two shares, all tables added up
likeliest <- function(x, n, y, m, shift) {
  ends <- c(max(0, -shift), min(1, 1 - shift))
  loglik <- function(p) {
    q <- p + shift
    part <- function(k, s) if (k > 0) k * log(pmax(s, 1e-300)) else 0
    part(x, p) + part(n - x, 1 - p) + part(y, q) + part(m - y, 1 - q)
  }
  p <- optimize(loglik, ends, maximum = TRUE, tol = 1e-12)$maximum
  tried <- c(p, ends)
  tried[which.max(sapply(tried, loglik))]
}
enumerate <- function(p0, p1, n, m, alpha, shift) {
  total <- 0
  for (x in 0:n) {
    for (y in 0:m) {
      p <- likeliest(x, n, y, m, shift)
      q <- p + shift
      se <- sqrt(max(p * (1 - p) / n + q * (1 - q) / m, 0))
      z <- if (se > 0) (y / m - x / n - shift) / se else 0
      if (z > qnorm(1 - alpha)) total <- total + dbinom(x, n, p0) * dbinom(y, m, p1)
    }
  }
  total
}
keep("exact_40_60", "power", enumerate(0.2, 0.45, 40, 60, 0.025, 0))
keep("exact_not_worse", "power", enumerate(0.5, 0.55, 50, 45, 0.05, -0.15))

table <- do.call(rbind, rows)
table$value <- signif(table$value, 10)
file <- file(file.path(here, "power.csv"), "w")
writeLines(sprintf("# %s, rpact %s, mvtnorm %s, survival %s, tests/golden/power.R",
                   R.version.string, packageVersion("rpact"), packageVersion("mvtnorm"),
                   packageVersion("survival")), file)
write.csv(table, file, row.names = FALSE, quote = FALSE)
close(file)
