# Adaptive experiments from R alone: who is best and what the next batch gets by integrate() and
# dbeta; shares, differences and NPS that mixtures of likelihoods do not rule out by uniroot() and
# optimize(), straight from their definition.
#
#   Rscript tests/golden/adaptive.R      writes adaptive_best.csv, adaptive_bands.csv, adaptive_e.csv

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(table, name) {
  path <- file.path(here, name)
  writeLines(sprintf("# %s; tests/golden/adaptive.R", R.version.string), path)
  suppressWarnings(write.table(format(table, digits = 12, trim = TRUE), path, append = TRUE,
                               sep = ",", row.names = FALSE, quote = FALSE))
}

# ---- who is best: Jeffreys' priors; beta = 0.5 and 0.3
cases <- list(
  list(n = c(500, 500, 500, 500), x = c(60, 82, 74, 40)),
  list(n = c(40, 300, 2000), x = c(7, 38, 230)),
  list(n = c(0, 50, 100, 30, 20), x = c(0, 8, 9, 6, 0)))
best <- do.call(rbind, lapply(seq_along(cases), function(k) {
  n <- cases[[k]]$n; a <- cases[[k]]$x + .5; b <- n - cases[[k]]$x + .5
  arms <- seq_along(n)
  # on log odds, where the densities have no poles; cut where any of them is
  cuts <- sort(unique(unlist(lapply(arms, function(j)
    qlogis(qbeta(c(1e-12, 1e-6, .01, .3, .7, .99, 1 - 1e-6), a[j], b[j]))))))
  cuts <- c(-60, cuts[is.finite(cuts) & abs(cuts) < 80], 80)
  over <- function(f) sum(mapply(function(l, u) integrate(f, l, u, rel.tol = 1e-11,
    abs.tol = 1e-14, subdivisions = 2000)$value, head(cuts, -1), tail(cuts, -1)))
  density <- function(t, j) exp(a[j] * plogis(t, log.p = TRUE) + b[j] * plogis(-t, log.p = TRUE) -
                                  lbeta(a[j], b[j]))
  others <- function(t, i) Reduce(`*`, lapply(setdiff(arms, i),
                                              function(j) pbeta(plogis(t), a[j], b[j])))
  p <- sapply(arms, function(i) over(function(t) density(t, i) * others(t, i)))
  highest <- sum(sapply(arms, function(i)
    over(function(t) plogis(t) * density(t, i) * others(t, i))))
  share <- function(beta) sapply(arms, function(j)
    p[j] * (beta + (1 - beta) * sum((p / (1 - p))[-j])))
  data.frame(case = k, n = n, x = cases[[k]]$x, p_best = p, highest = highest,
             share_50 = share(.5), share_30 = share(.3))
}))
save(best, "adaptive_best.csv")

# ---- bands
kept <- function(f, at, low, high) {
  ends <- c(low, high)
  if (at > low && f(low) < 0) ends[1] <- uniroot(f, c(low, at), tol = 1e-12)$root
  if (at < high && f(high) < 0) ends[2] <- uniroot(f, c(at, high), tol = 1e-12)$root
  ends
}
xlog <- function(x, p) ifelse(x == 0, 0, x * log(p))
mix <- function(x) sum(lgamma(x + .5)) - lgamma(sum(x + .5)) - length(x) * lgamma(.5) +
  lgamma(length(x) / 2)
top <- function(f, low, high) optimize(f, c(low, high), maximum = TRUE, tol = 1e-12)$objective
rows <- list()
for (alpha in c(.05, .005)) {
  for (x in list(c(12, 88), c(0, 40), c(25, 0), c(900, 8100))) {
    floor <- mix(x) + log(alpha)
    ends <- kept(function(p) xlog(x[1], p) + xlog(x[2], 1 - p) - floor, x[1] / sum(x), 1e-14,
                 1 - 1e-14)
    rows[[length(rows) + 1]] <- data.frame(kind = "share", alpha = alpha, a = x[1], b = x[2],
                                           c = 0, d = 0, lower = ends[1], upper = ends[2])
  }
  for (x in list(c(80, 320, 40, 360), c(3, 97, 30, 2970), c(0, 60, 9, 51), c(800, 9200, 700, 9300))) {
    floor <- mix(x[1:2]) + mix(x[3:4]) + log(alpha)
    profile <- function(d) top(function(p) xlog(x[1], p + d) + xlog(x[2], 1 - p - d) +
      xlog(x[3], p) + xlog(x[4], 1 - p), max(0, -d), min(1, 1 - d)) - floor
    ends <- kept(profile, x[1] / sum(x[1:2]) - x[3] / sum(x[3:4]), -.99, .99)
    rows[[length(rows) + 1]] <- data.frame(kind = "difference", alpha = alpha, a = x[1], b = x[2],
                                           c = x[3], d = x[4], lower = ends[1], upper = ends[2])
  }
  for (x in list(c(40, 60, 100), c(12, 7, 7), c(0, 13, 15), c(750, 6750, 2500))) {
    floor <- mix(x) + log(alpha)
    profile <- function(net) top(function(d) xlog(x[1], d) + xlog(x[2], 1 - 2 * d - net) +
      xlog(x[3], d + net), max(0, -net), (1 - net) / 2) - floor
    ends <- kept(profile, (x[3] - x[1]) / sum(x), -.99, .99)
    rows[[length(rows) + 1]] <- data.frame(kind = "net", alpha = alpha, a = x[1], b = x[2],
                                           c = x[3], d = 0, lower = ends[1], upper = ends[2])
  }
}
save(do.call(rbind, rows), "adaptive_bands.csv")

# ---- e-values against a difference: batches of treated events, units, control events, units, and
# the level expected; planned 150; departures on the 61 nodes from -4.5 to 4.5
tuned <- function(alpha) {  # the g at which sqrt((1 + 1/g) (log(1 + g) - 2 log(alpha))) is lowest
  bound <- function(g) (1 + 1 / g) * (log1p(g) - 2 * log(alpha))
  optimize(bound, c(.1, 200), tol = 1e-12)$minimum
}
batches <- list(
  rbind(c(30, 200, 10, 100, .12), c(60, 300, 5, 60, .14), c(4, 40, 30, 200, .15)),
  rbind(c(0, 30, 3, 50, .05), c(5, 20, 0, 10, .06)))
z <- seq(-4.5, 4.5, length.out = 61)
w <- dnorm(z) / sum(dnorm(z))
rows <- list()
for (k in seq_along(batches)) for (delta in c(-.05, 0, .08)) {
  b <- batches[[k]]
  scale <- sqrt(tuned(.05) * b[1, 5] * (1 - b[1, 5]) / 150)
  path <- matrix(0, length(z), nrow(b))
  for (j in seq_along(z)) for (i in seq_len(nrow(b))) {
    n1 <- b[i, 2]; n0 <- b[i, 4]; apart <- delta + scale * z[j]
    q0 <- min(max(b[i, 5] - apart * n1 / (n1 + n0), max(0, -apart) + 1e-6),
              min(1, 1 - apart) - 1e-6)
    q1 <- q0 + apart
    kl <- function(t) n1 * (q1 * log(q1 / (t + delta)) + (1 - q1) * log((1 - q1) / (1 - t - delta))) +
      n0 * (q0 * log(q0 / t) + (1 - q0) * log((1 - q0) / (1 - t)))
    t <- optimize(kl, c(max(0, -delta) + 1e-12, min(1, 1 - delta) - 1e-12), tol = 1e-13)$minimum
    path[j, i] <- dbinom(b[i, 1], n1, q1, log = TRUE) - dbinom(b[i, 1], n1, t + delta, log = TRUE) +
      dbinom(b[i, 3], n0, q0, log = TRUE) - dbinom(b[i, 3], n0, t, log = TRUE)
  }
  log_e <- log(colSums(w * exp(t(apply(path, 1, cumsum)))))
  rows[[length(rows) + 1]] <- data.frame(case = k, delta = delta, x1 = b[, 1], n1 = b[, 2],
    x0 = b[, 3], n0 = b[, 4], level = b[, 5], log_e = log_e)
}
save(do.call(rbind, rows), "adaptive_e.csv")
