# Golden numbers for shares, from R alone.
#
#   Rscript tests/golden/neighbours.R        writes shares.csv and pooled_shares.csv beside itself
#
# Wilson's limits are those of stats::prop.test, Jeffreys' those of stats::qbeta. The pooled
# posterior (share_i ~ Beta(kappa m, kappa (1 - m)), m ~ U(0, 1), log kappa ~ Logistic(log 50, 1))
# is summed over a dense grid of kappa and m with lbeta, and a quantile is the root of the mixture of
# pbeta over the whole grid.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(table, name) {
  file <- file(file.path(here, name), "w")
  writeLines(paste0("# ", R.version.string, ", tests/golden/neighbours.R"), file)
  write.csv(table, file, row.names = FALSE, quote = FALSE)
  close(file)
}

samples <- list(c(0, 1), c(1, 1), c(0, 10), c(10, 10), c(1, 10), c(9, 10), c(17, 20), c(50, 100),
                c(3, 1000), c(997, 1000), c(4321, 12000))
rows <- t(sapply(samples, function(x) {
  w <- suppressWarnings(prop.test(x[1], x[2], correct = FALSE)$conf.int)
  j <- qbeta(c(0.025, 0.975), x[1] + 0.5, x[2] - x[1] + 0.5)
  c(x, w, if (x[1] == 0) 0 else j[1], if (x[1] == x[2]) 1 else j[2])
}))
colnames(rows) <- c("yes", "n", "wilson_lower", "wilson_upper", "jeffreys_lower", "jeffreys_upper")
save(signif(rows, 12), "shares.csv")

networks <- list(
  one = list(yes = 17, n = 20),
  few = list(yes = c(3, 17, 40, 0, 8), n = c(10, 20, 45, 0, 8)),
  alike = list(yes = rep(14, 12), n = rep(20, 12)),
  apart = list(yes = c(1, 95, 30, 60, 5, 40, 18, 2), n = c(20, 100, 90, 64, 50, 44, 20, 2)),
  rare = list(yes = c(0, 0, 1, 0, 2, 0), n = c(40, 12, 300, 7, 210, 1))
)

pooled <- function(net) {
  tau <- seq(log(50) - 13, log(50) + 16, by = 0.1)
  eta <- seq(-16, 16, by = 0.05)
  grid <- expand.grid(tau = tau, eta = eta)
  kappa <- exp(grid$tau)
  m <- plogis(grid$eta)
  a <- kappa * m
  b <- kappa * plogis(-grid$eta)
  log_density <- dlogis(grid$tau, log(50), 1, log = TRUE) + dlogis(grid$eta, log = TRUE)
  for (i in seq_along(net$yes)) {
    y <- net$yes[i]
    f <- net$n[i] - y
    # rising factorials, term by term: differences of lbeta lose their digits at large kappa
    for (k in seq_len(y) - 1) log_density <- log_density + log(a + k)
    for (k in seq_len(f) - 1) log_density <- log_density + log(b + k)
    for (k in seq_len(y + f) - 1) log_density <- log_density - log(kappa + k)
  }
  w <- exp(log_density - max(log_density))
  w <- w / sum(w)
  kept <- w > 1e-9
  w <- w[kept] / sum(w[kept])
  a <- a[kept]
  b <- b[kept]
  total <- a + b
  t(sapply(seq_along(net$yes), function(i) {
    A <- a + net$yes[i]
    B <- b + net$n[i] - net$yes[i]
    N <- A + B
    mean <- sum(w * A / N)
    sd <- sqrt(sum(w * A * (A + 1) / (N * (N + 1))) - mean^2)
    q <- sapply(c(0.025, 0.975), function(p) {
      uniroot(function(t) sum(w * pbeta(t, A, B)) - p, c(0, 1), tol = 1e-9)$root
    })
    c(net$yes[i], net$n[i], mean, sd, q, sum(w * total / (total + net$n[i])))
  }))
}
found <- do.call(rbind, lapply(names(networks), function(name) {
  data.frame(network = name, signif(pooled(networks[[name]]), 10))
}))
colnames(found) <- c("network", "yes", "n", "estimate", "std_error", "lower", "upper", "shrinkage")
save(found, "pooled_shares.csv")
