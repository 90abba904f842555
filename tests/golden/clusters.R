# Golden numbers for clustered experiments: clubSandwich, R's t.test, psych, brute-force enumeration.
#
#   Rscript tests/golden/clusters.R      writes clusters_units.csv and clusters.csv beside itself

suppressMessages({
  library(clubSandwich)
  library(psych)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

simulated <- function(name, sizes, design, seed, binary = FALSE) {
  set.seed(seed)
  stores <- length(sizes)
  store <- rep(seq_len(stores), sizes)
  whole <- sample(rep(0:1, length.out = stores))
  n <- sum(sizes)
  arm <- if (design == "cluster") whole[store] else rbinom(n, 1, 0.45)
  effect <- rnorm(stores, 2, 1)
  x <- round(rnorm(n, rnorm(stores)[store]), 2)
  y <- 20 + rnorm(stores, 0, 3)[store] + effect[store] * arm + 1.5 * x + rnorm(n, 0, 5)
  y <- if (binary) as.integer(y > 22) else round(y, 1)
  data.frame(case = name, store = sprintf("S%02d", store), stratum = 1 + (store > stores / 2),
             arm = arm, x = x, y = y)
}
units <- rbind(
  simulated("whole", c(3, 25, 14, 40, 8, 9, 12, 30), "cluster", 1),
  simulated("whole binary", c(20, 25, 14, 40, 18, 9, 12, 30, 5, 11, 16), "cluster", 2, TRUE),
  simulated("within", c(12, 25, 14, 40, 18, 9), "within", 3),
  simulated("balanced", rep(10, 6), "cluster", 4)
)

fitted <- function(case, label, formula, u) {
  fit <- lm(formula, data = u)
  v <- vcovCR(fit, cluster = u$store, type = "CR2")
  t <- coef_test(fit, vcov = v, test = "Satterthwaite", coefs = "arm")
  v0 <- vcovCR(fit, cluster = u$store, type = "CR0")
  data.frame(case = case, what = label, estimate = coef(fit)[["arm"]], std_error = t$SE,
             df = t$df_Satt, p_value = t$p_Satt, lower = NA, upper = NA,
             other = sqrt(v0["arm", "arm"]))
}
plain <- function(case, label, test, estimate) {
  data.frame(case = case, what = label, estimate = estimate, std_error = test$stderr,
             df = test$parameter, p_value = test$p.value, lower = test$conf.int[1],
             upper = test$conf.int[2], other = NA)
}

# every way to choose the treated stores; p at a shift, and where it crosses 10 %
enumerated <- function(case, u) {
  stores <- unique(u$store)
  treated <- unique(u$store[u$arm == 1])
  ways <- combn(stores, length(treated), simplify = FALSE)
  p_at <- function(shift) {
    free <- u$y - shift * u$arm
    statistic <- sapply(ways, function(way) {
      z <- u$store %in% way
      mean(free[z]) - mean(free[!z])
    })
    seen <- mean(free[u$arm == 1]) - mean(free[u$arm == 0])
    mean(abs(statistic) >= abs(seen) - 1e-9)
  }
  estimate <- mean(u$y[u$arm == 1]) - mean(u$y[u$arm == 0])
  end <- function(far) { # bisection between the estimate, kept, and a shift that is not
    near <- estimate
    for (i in 1:60) {
      middle <- (near + far) / 2
      if (p_at(middle) > 0.1) near <- middle else far <- middle
    }
    near
  }
  data.frame(case = case, what = "randomization", estimate = estimate, std_error = NA,
             df = length(ways), p_value = p_at(0), lower = end(estimate - 200),
             upper = end(estimate + 200), other = NA)
}

rows <- list()
for (case in c("whole", "whole binary", "balanced")) {
  u <- units[units$case == case, ]
  means <- aggregate(cbind(y, arm) ~ store, data = u, FUN = mean)
  welch <- t.test(y ~ I(1 - arm), data = means)
  rows <- c(rows, list(
    fitted(case, "plain", y ~ arm, u),
    fitted(case, "adjusted", y ~ arm + x, u),
    fitted(case, "strata", y ~ arm + factor(stratum), u),
    plain(case, "per store", welch, -diff(welch$estimate)),
    enumerated(case, u)
  ))
}
u <- units[units$case == "within", ]
by <- aggregate(y ~ store + arm, data = u, FUN = mean)
wide <- reshape(by, idvar = "store", timevar = "arm", direction = "wide")
paired <- t.test(wide$y.1, wide$y.0, paired = TRUE)
rows <- c(rows, list(
  fitted("within", "plain", y ~ arm, u),
  fitted("within", "adjusted", y ~ arm + x, u),
  fitted("within", "fixed", y ~ arm + factor(store), u),
  fitted("within", "fixed adjusted", y ~ arm + factor(store) + x, u),
  plain("within", "per store", paired, mean(wide$y.1 - wide$y.0))
))

# the intracluster correlation of equal stores of one arm, from psych
u <- units[units$case == "balanced" & units$arm == 1, ]
icc <- suppressWarnings(ICC(matrix(u$y, ncol = 10, byrow = TRUE), lmer = FALSE))$results[1, ]
rows <- c(rows, list(data.frame(
  case = "balanced", what = "icc", estimate = icc$ICC, std_error = NA, df = NA, p_value = icc$p,
  lower = icc$`lower bound`, upper = icc$`upper bound`, other = NA)))

rows <- do.call(rbind, rows)
rows[-(1:2)] <- lapply(rows[-(1:2)], signif, 12)
write_with_head <- function(table, file) {
  out <- file(file.path(here, file), "w")
  writeLines(sprintf("# %s, clubSandwich %s, psych %s, tests/golden/clusters.R", R.version.string,
                     packageVersion("clubSandwich"), packageVersion("psych")), out)
  write.csv(table, out, row.names = FALSE, quote = FALSE)
  close(out)
}
write_with_head(units, "clusters_units.csv")
write_with_head(rows, "clusters.csv")
print(rows)
