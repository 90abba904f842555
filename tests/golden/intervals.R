# Golden numbers for one- and two-sample intervals of the NPS, from R alone.
#
#   Rscript tests/golden/intervals.R        writes intervals.csv and differences.csv beside itself
#
# Nothing here uses a closed form of what it checks: the score limits are roots of the score
# statistic whose variance comes from a numerical search for the likeliest shares at that NPS; the
# Bayesian quantiles are roots of a one-dimensional integral. Counts are detractors, passives,
# promoters; everything is in shares; level 95 %.

z <- qnorm(0.975)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

samples <- list(
  c(8, 13, 15), c(12, 7, 7), c(10, 50, 80), c(75, 675, 250), c(2, 0, 9), c(0, 0, 5), c(0, 5, 0),
  c(5, 0, 0), c(1, 0, 0), c(0, 1, 0), c(1, 1, 1), c(3, 0, 3), c(0, 1, 4), c(1, 18, 1),
  c(17, 3, 0), c(40, 1, 2), c(2, 3, 195), c(333, 333, 334), c(1200, 3100, 5700), c(0, 40, 3)
)

wald <- function(x) {
  n <- sum(x)
  scores <- rep(c(-1, 0, 1), x)
  se <- sqrt(mean((scores - mean(scores))^2) / n)
  c(mean(scores), se, mean(scores) - z * se, mean(scores) + z * se)
}

adjusted <- function(x) {
  share <- (x + c(0.75, 1.5, 0.75)) / (sum(x) + 3)
  at <- c(-1, 0, 1)
  mean <- sum(share * at)
  se <- sqrt(sum(share * (at - mean)^2) / (sum(x) + 3))
  c(mean, se, mean - z * se, mean + z * se)
}

# score statistic at NPS delta: the variance is that of the likeliest shares with that NPS
score <- function(x, delta) {
  n <- sum(x)
  ends <- c(max(0, -delta), (1 - delta) / 2) # of the detractor share
  loglik <- function(d) {
    p <- c(d, 1 - 2 * d - delta, d + delta)
    sum(ifelse(x > 0, x * log(pmax(p, 1e-300)), 0))
  }
  d <- optimize(loglik, ends, maximum = TRUE, tol = 1e-14)$maximum
  # the maximum may sit on an end, which `optimize` only approaches
  tried <- c(d, ends)
  d <- tried[which.max(sapply(tried, loglik))]
  variance <- 2 * d + delta - delta^2
  (x[3] - x[1] - n * delta) / sqrt(n * max(variance, 1e-300))
}

tango <- function(x, z_at = z) {
  net <- (x[3] - x[1]) / sum(x)
  edge <- 1 - 1e-11
  limit <- function(from, to, goal) {
    f <- function(delta) score(x, delta) - goal
    if (f(from) * f(to) > 0) return(NA)
    uniroot(f, sort(c(from, to)), tol = 1e-13, maxiter = 2000)$root
  }
  inside <- max(min(net, edge), -edge)
  lower <- if (net <= -1) -1 else limit(-edge, inside, z_at)
  upper <- if (net >= 1) 1 else limit(inside, edge, -z_at)
  c(if (is.na(lower)) -1 else lower, if (is.na(upper)) 1 else upper)
}

# P(NPS > t) under Dirichlet(a): q = 1 - passive share and r = promoters among the rest are
# independent Betas, NPS = q(2r - 1)
above <- function(a, t) {
  if (t < 0) return(1 - above(rev(a), -t))
  f <- function(q) dbeta(q, a[1] + a[3], a[2]) * pbeta((1 + t / q) / 2, a[3], a[1], lower = FALSE)
  centre <- qbeta(c(1e-9, 0.001, 0.5, 0.999, 1 - 1e-9), a[1] + a[3], a[2])
  breaks <- sort(unique(pmin(pmax(c(t, centre, 1), t), 1)))
  total <- 0
  for (i in seq_len(length(breaks) - 1)) {
    total <- total +
      integrate(f, breaks[i], breaks[i + 1], rel.tol = 1e-10, subdivisions = 2000)$value
  }
  total
}

posterior <- function(x) {
  a <- x + 1
  limit <- function(p) uniroot(function(t) above(a, t) - p, c(-0.9999, 0.9999), tol = 1e-11)$root
  c((a[3] - a[1]) / sum(a), limit(0.975), limit(0.025), above(a, 0), above(a, 0.3))
}

rows <- t(sapply(samples, function(x) c(x, wald(x), adjusted(x), tango(x), posterior(x))))
colnames(rows) <- c(
  "detractors", "passives", "promoters",
  "wald_estimate", "wald_std_error", "wald_lower", "wald_upper",
  "adjusted_wald_estimate", "adjusted_wald_std_error", "adjusted_wald_lower", "adjusted_wald_upper",
  "tango_lower", "tango_upper",
  "dirichlet_estimate", "dirichlet_lower", "dirichlet_upper", "p_above_0", "p_above_30"
)

mover <- function(x, y, z_at = z) {
  one <- tango(x, z_at)
  two <- tango(y, z_at)
  a <- (x[3] - x[1]) / sum(x)
  b <- (y[3] - y[1]) / sum(y)
  c(a - b - sqrt((a - one[1])^2 + (two[2] - b)^2), a - b + sqrt((one[2] - a)^2 + (b - two[1])^2))
}

# the z at which the MOVER interval just reaches zero
mover_p <- function(x, y) {
  delta <- (x[3] - x[1]) / sum(x) - (y[3] - y[1]) / sum(y)
  if (delta == 0) return(1)
  near <- function(s) if (delta > 0) mover(x, y, s)[1] else -mover(x, y, s)[2]
  2 * pnorm(-uniroot(near, c(1e-4, 20), tol = 1e-11)$root)
}

greater <- function(x, y) {
  a <- x + 1
  b <- y + 1
  # P(NPS_a > NPS_b) by Stieltjes sums over a fine grid of NPS_b's distribution
  at <- seq(-1, 1, length.out = 3001)
  tail_b <- c(1, sapply(at[2:3000], function(t) above(b, t)), 0)
  tail_a <- c(1, sapply(at[2:3000], function(t) above(a, t)), 0)
  sum(-diff(tail_b) * (head(tail_a, -1) + tail(tail_a, -1)) / 2)
}

pairs <- list(c(1, 2), c(3, 1), c(5, 2), c(6, 7), c(11, 14), c(17, 3), c(15, 16), c(12, 11))
differences <- t(sapply(pairs, function(pair) {
  x <- samples[[pair[1]]]
  y <- samples[[pair[2]]]
  a <- adjusted(x)
  b <- adjusted(y)
  v <- wald(x)
  w <- wald(y)
  se <- sqrt(a[2]^2 + b[2]^2)
  plain <- sqrt(v[2]^2 + w[2]^2)
  delta <- a[1] - b[1]
  c(x, y, v[1] - w[1], plain, delta, se, delta - z * se, delta + z * se,
    2 * pnorm(-abs(delta) / se), mover(x, y), mover_p(x, y), greater(x, y))
}))
colnames(differences) <- c(
  "first_detractors", "first_passives", "first_promoters",
  "second_detractors", "second_passives", "second_promoters",
  "wald_estimate", "wald_std_error",
  "adjusted_wald_estimate", "adjusted_wald_std_error", "adjusted_wald_lower", "adjusted_wald_upper",
  "adjusted_wald_p_value", "tango_lower", "tango_upper", "tango_p_value", "p_first_greater"
)

save <- function(table, name) {
  file <- file(file.path(here, name), "w")
  writeLines(paste0("# ", R.version.string, ", tests/golden/intervals.R"), file)
  write.csv(signif(table, 12), file, row.names = FALSE, quote = FALSE)
  close(file)
}
save(rows, "intervals.csv")
save(differences, "differences.csv")
