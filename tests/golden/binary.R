# Golden numbers for binary outcomes, from R alone (packages Epi, epiR, epitools and sandwich).
#
#   Rscript tests/golden/binary.R
#
# writes binary.csv, binary_cells.csv and binary_standardized.csv beside itself.
#
# Difference: Miettinen-Nurminen limits are roots of the score statistic whose shares come from a
# numerical search for the likeliest at that difference (none of the cubic that is checked); Mee's,
# without N/(N - 1), are epiR's; Newcombe's are Epi's. Ratio: MOVER-R limits are the ratios at
# which the MOVER interval of p1 - ratio * p0 touches 0; log limits are epitools'. Odds: roots of
# the score statistic again, with a numerical search. Bayesian numbers are roots of
# one-dimensional integrals.
#
# Standardized shares: glm on one row a unit; influence functions from the estimating functions and
# the bread of `sandwich`; beside them the standard error of a bootstrap of units.

suppressPackageStartupMessages(library(epiR))
suppressPackageStartupMessages(library(Epi))
suppressPackageStartupMessages(library(epitools))
library(sandwich)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
z <- qnorm(0.975)

said <- function(file, frame) {
  packages <- c("epiR", "Epi", "epitools", "sandwich")
  versions <- sapply(packages, function(name) as.character(packageVersion(name)))
  line <- paste0("# ", R.version.string, "; ", paste(packages, versions, collapse = ", "))
  path <- file.path(here, file)
  writeLines(line, path)
  suppressWarnings(write.table(
    frame, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE
  ))
}

# events and units: treatment, then control
pairs <- list(
  c(354, 1000, 300, 1000), c(3894, 21307, 2262, 21306), c(267, 21307, 122, 21306),
  c(12, 50, 5, 50), c(11, 87, 374, 2909), c(165, 1537, 267, 2252), c(56, 70, 48, 80),
  c(5, 56, 0, 29), c(0, 10, 3, 20), c(0, 10, 0, 20), c(10, 10, 0, 20), c(19, 20, 20, 20),
  c(1, 4, 2, 3), c(90, 90, 11, 12), c(40, 100000, 17, 120000), c(1, 1, 0, 1)
)

score <- function(r, delta) {
  loglik <- function(q) {
    p <- pmin(pmax(q + delta, 0), 1)
    part <- function(x, y) ifelse(x > 0, x * log(pmax(y, 1e-300)), 0)
    part(r[1], p) + part(r[2] - r[1], 1 - p) + part(r[3], q) + part(r[4] - r[3], 1 - q)
  }
  ends <- c(max(0, -delta), min(1, 1 - delta))
  q <- optimize(loglik, ends, maximum = TRUE, tol = 1e-14)$maximum
  width <- diff(ends) / 1e3 # once more, from closer
  close <- c(max(ends[1], q - width), min(ends[2], q + width))
  q <- optimize(loglik, close, maximum = TRUE, tol = 1e-15)$maximum
  tried <- c(q, ends)
  q <- tried[which.max(sapply(tried, loglik))]
  p <- min(max(q + delta, 0), 1)
  n <- r[2] + r[4]
  variance <- (p * (1 - p) / r[2] + q * (1 - q) / r[4]) * n / (n - 1)
  (r[1] / r[2] - r[3] / r[4] - delta) / sqrt(max(variance, 1e-300))
}

nurminen <- function(r) {
  d <- r[1] / r[2] - r[3] / r[4]
  limit <- function(from, to, goal) {
    f <- function(delta) score(r, delta) - goal
    if (from >= to || f(from) * f(to) > 0) return(NA)
    uniroot(f, c(from, to), tol = 1e-12, maxiter = 5000)$root
  }
  edge <- 1 - 1e-9
  low <- limit(-edge, min(d - 1e-9, edge), z)
  high <- limit(max(d + 1e-9, -edge), edge, -z)
  c(if (is.na(low)) -1 else low, if (is.na(high)) 1 else high)
}

odds_limits <- function(r) {
  statistic <- function(log_ratio) {
    total <- r[1] + r[3] # at the likeliest shares the events are as many as were seen
    excess <- function(b) r[4] * plogis(b) + r[2] * plogis(b + log_ratio) - total
    b <- uniroot(excess, c(-60, 60), tol = 1e-14, maxiter = 5000)$root
    q <- plogis(b)
    p <- plogis(b + log_ratio)
    n <- r[2] + r[4]
    (r[1] - r[2] * p) * sqrt((1 / (r[2] * p * (1 - p)) + 1 / (r[4] * q * (1 - q))) * (n - 1) / n)
  }
  root <- function(goal) uniroot(function(x) statistic(x) - goal, c(-20, 20), tol = 1e-12)$root
  exp(c(root(z), root(-z)))
}

wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int[1:2])

mover <- function(r) {
  p <- r[1] / r[2]
  q <- r[3] / r[4]
  one <- wilson(r[1], r[2])
  two <- wilson(r[3], r[4])
  low <- function(ratio) p - ratio * q - sqrt((p - one[1])^2 + ratio^2 * (two[2] - q)^2)
  high <- function(ratio) p - ratio * q + sqrt((one[2] - p)^2 + ratio^2 * (q - two[1])^2)
  root <- function(f) uniroot(f, c(1e-12, 1e7), tol = 1e-13, maxiter = 5000)$root
  c(if (r[1] == 0) 0 else root(low), if (r[3] == 0) Inf else root(high))
}

greater <- function(a, s) { # P(p1 - p0 > s)
  f <- function(u) pbeta(qbeta(u, a[3], a[4]) + s, a[1], a[2], lower.tail = FALSE)
  integrate(f, 0, 1, rel.tol = 1e-10, subdivisions = 5000, stop.on.error = FALSE)$value
}

above <- function(a, ratio) { # P(p1 / p0 > ratio)
  f <- function(u) pbeta(ratio * qbeta(u, a[3], a[4]), a[1], a[2], lower.tail = FALSE)
  integrate(f, 0, 1, rel.tol = 1e-10, subdivisions = 5000, stop.on.error = FALSE)$value
}

rows <- lapply(pairs, function(r) {
  table <- matrix(c(r[1], r[2] - r[1], r[3], r[4] - r[3]), 2, byrow = TRUE)
  full <- all(table > 0)
  detail <- if (full) epi.2by2(table, method = "cohort.count")$massoc.detail
  mee <- if (full) unlist(detail$ARisk.strata.score[2:3]) / 100 else c(NA, NA)
  odds <- if (full) odds_limits(r) else c(NA, NA)
  hybrid <- ci.pd(r[1], r[3], r[2] - r[1], r[4] - r[3], method = "Nc", print = FALSE)
  log_rr <- if (full) riskratio.wald(table[2:1, 2:1])$measure[2, ] else c(NA, NA, NA)
  chi <- suppressWarnings(prop.test(c(r[1], r[3]), c(r[2], r[4]), correct = FALSE)$p.value)
  a <- c(r[1] + 0.5, r[2] - r[1] + 0.5, r[3] + 0.5, r[4] - r[3] + 0.5)
  bayes <- c(greater(a, 0), NA, NA, NA, NA)
  if (min(r[2], r[4]) < 200 && min(a) > 1) { # where `integrate` is to be trusted
    root <- function(f, goal, ends) uniroot(function(s) f(a, s) - goal, ends, tol = 1e-10)$root
    bayes[2:5] <- c(
      root(greater, 0.975, c(-0.99, 0.99)), root(greater, 0.025, c(-0.99, 0.99)),
      exp(root(function(a, s) above(a, exp(s)), 0.975, c(-8, 8))),
      exp(root(function(a, s) above(a, exp(s)), 0.025, c(-8, 8)))
    )
  }
  c(r, nurminen(r), mee, hybrid[6:7], chi, mover(r), log_rr[2:3], odds, bayes)
})
frame <- as.data.frame(do.call(rbind, rows))
names(frame) <- c(
  "events_treatment", "n_treatment", "events_control", "n_control", "mn_lower", "mn_upper",
  "mee_lower", "mee_upper", "newcombe_lower", "newcombe_upper", "pearson_p", "mover_lower",
  "mover_upper", "log_lower", "log_upper", "odds_lower", "odds_upper", "greater", "bayes_lower",
  "bayes_upper", "ratio_lower", "ratio_upper"
)
said("binary.csv", signif(frame, 12))

# one row a unit: tier (three levels), visits (a number), arm 2:1
set.seed(4)
n <- 1500
units <- data.frame(
  tier = sample(c("gold", "silver", "none"), n, TRUE, c(0.2, 0.3, 0.5)),
  visits = sample(0:6, n, TRUE),
  treated = rbinom(n, 1, 2 / 3)
)
level <- c(gold = 0.8, silver = -0.2, none = -1)
units$bought <- rbinom(n, 1, plogis(
  level[units$tier] + 0.25 * (units$visits - 3) + units$treated * (0.1 + 0.1 * units$visits)
))
units$tier <- relevel(factor(units$tier), "none")
cells <- aggregate(cbind(n, bought) ~ tier + visits + treated, transform(units, n = 1), sum)
said("binary_cells.csv", cells)

standardized <- function(units, formula) {
  fit <- glm(formula, binomial, units, control = glm.control(epsilon = 1e-14, maxit = 100))
  n <- nrow(units)
  beta <- estfun(fit) %*% bread(fit) # influence of every unit on the coefficients
  part <- lapply(0:1, function(arm) {
    x <- model.matrix(delete.response(terms(fit)), transform(units, treated = arm))
    m <- plogis(x %*% coef(fit))[, 1]
    list(share = mean(m), influence = m - mean(m) + beta %*% colMeans(m * (1 - m) * x))
  })
  v <- crossprod(cbind(part[[1]]$influence, part[[2]]$influence)) / n^2
  p <- c(part[[1]]$share, part[[2]]$share)
  slope <- c(-1, 1) / p
  c(p, diff(p), sqrt(v[1, 1] + v[2, 2] - 2 * v[1, 2]), log(p[2] / p[1]),
    sqrt(drop(slope %*% v %*% slope)))
}

bootstrap <- function(units, formula, times = 1000) {
  # resampling units is resampling their kinds; a grouped glm gives the same shares
  kinds <- aggregate(k ~ tier + visits + treated + bought, transform(units, k = 1), sum)
  drawn <- replicate(times, {
    kinds$k <- rmultinom(1, nrow(units), kinds$k)[, 1]
    fit <- suppressWarnings(glm(formula, binomial, kinds, weights = k))
    p <- sapply(0:1, function(arm) {
      m <- predict(fit, transform(kinds, treated = arm), type = "response")
      weighted.mean(m, kinds$k)
    })
    c(diff(p), log(p[2] / p[1]))
  })
  apply(drawn, 1, sd)
}

formulas <- list(
  none = bought ~ treated, additive = bought ~ treated + tier + visits,
  interacted = bought ~ treated * (tier + visits), tier = bought ~ treated * tier
)
found <- t(sapply(formulas, function(f) c(standardized(units, f), bootstrap(units, f))))
frame <- data.frame(model = names(formulas), signif(found, 12))
names(frame)[-1] <- c(
  "control", "treatment", "difference", "difference_se", "log_ratio", "log_ratio_se",
  "bootstrap_difference_se", "bootstrap_log_ratio_se"
)
said("binary_standardized.csv", frame)
