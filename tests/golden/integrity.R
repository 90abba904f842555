# Golden numbers for the arithmetic behind the signs of gaming, from R alone.
#
#   Rscript tests/golden/integrity.R        writes integrity_*.csv beside itself
#
# The tail of a sum of unequal Bernoulli variables by convolution, one answer after the other; the
# penalized logistic regression by a general-purpose optimizer; the tail of the beta-binomial by
# integrating a binomial over a beta; q-values by p.adjust; the law of repeats by integrating a
# Poisson over a gamma.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_golden <- function(table, name) {
  file <- file.path(here, name)
  writeLines(paste0("# ", R.version.string, ", tests/golden/integrity.R"), file)
  table[] <- lapply(table, function(x) if (is.numeric(x)) signif(x, 12) else x)
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}

# mid-p of at least `seen` successes, classes of answers with logits and sizes
bernoulli_tail <- function(logits, sizes, seen) {
  mass <- 1
  for (p in rep(plogis(logits), sizes)) mass <- c(mass * (1 - p), 0) + c(0, mass * p)
  sum(mass[(seen + 1):length(mass)]) - mass[seen + 1] / 2
}
classes <- list(c(-2, -0.5, 1), c(-3, -1, 0.5), c(0, 0.2, 2))
sizes <- list(c(10, 20, 15), c(40, 60, 80), c(3, 4, 5))
tails <- do.call(rbind, lapply(1:3, function(i) {
  most <- sum(sizes[[i]])
  seen <- round(sum(plogis(classes[[i]]) * sizes[[i]]) + c(-3, 0, 2, 4, 7))
  do.call(rbind, lapply(unique(pmin(seen, most)), function(k) data.frame(
    l1 = classes[[i]][1], l2 = classes[[i]][2], l3 = classes[[i]][3],
    n1 = sizes[[i]][1], n2 = sizes[[i]][2], n3 = sizes[[i]][3],
    seen = k, mid_p = bernoulli_tail(classes[[i]], sizes[[i]], k))))
}))
write_golden(tails, "integrity_tails.csv")

# logits of a main-effects logistic regression with penalty .25 b² on every effect
profiles <- expand.grid(csat = 1:4, kind = c("cold", "hot"))
profiles$n <- c(12, 30, 55, 80, 9, 25, 70, 120)
profiles$k <- c(0, 4, 15, 50, 1, 6, 30, 88)
x <- cbind(1, outer(profiles$csat, 2:4, "==") * 1, profiles$kind == "hot")
loss <- function(b) {
  eta <- drop(x %*% b)
  -sum(profiles$k * eta - profiles$n * log1p(exp(eta))) + 0.25 * sum(b[-1]^2) + 0.5e-6 * b[1]^2
}
fit <- optim(rep(0, 5), loss, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
profiles$logit <- drop(x %*% fit$par)
write_golden(profiles, "integrity_logits.csv")

# mid-p of n or more of `total`, share ~ Beta(s a, s (1 - a)), rho = 1 / (s + 1)
windows <- data.frame(n = c(4, 12, 1, 30, 7), total = c(7, 60, 5, 200, 40),
                      share = c(.017, .05, .02, .07, .12), rho = c(.01, .002, .05, .004, .0001))
windows$mid_p <- apply(windows, 1, function(w) {
  s <- 1 / w["rho"] - 1
  f <- function(p) (pbinom(w["n"], w["total"], p, lower.tail = FALSE) +
                      dbinom(w["n"], w["total"], p) / 2) * dbeta(p, s * w["share"], s * (1 - w["share"]))
  cut <- qbeta(c(1e-14, .01, .5, .99, 1 - 1e-12), s * w["share"], s * (1 - w["share"]))
  sum(sapply(1:4, function(i) integrate(f, cut[i], cut[i + 1], rel.tol = 1e-11)$value))
})
write_golden(windows, "integrity_windows.csv")

p <- c(1e-9, 3e-4, 2e-3, .011, .02, .049, .2, .5, .9, 1)
write_golden(data.frame(p = p, q = p.adjust(p, "BH")), "integrity_q.csv")
