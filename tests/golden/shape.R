# Golden numbers for the shape of a distribution, from R alone.
#
#   Rscript tests/golden/shape.R        writes shape.csv, shape_pairs.csv, shape_fork.csv beside it
#
# Nothing here uses a closed form of what it checks: the index of ordinal variation is a mean over
# all pairs of answers; van der Eijk's A peels layers one by one; Cliff's delta comes from
# wilcox.test; the Bayes factor from predicting the answers one after the other; a fork's posterior
# from a dense grid of its two parameters.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
scores <- 0:10
write_golden <- function(table, name) {
  file <- file.path(here, name)
  writeLines(paste0("# ", R.version.string, ", tests/golden/shape.R"), file)
  table[] <- lapply(table, function(x) if (is.integer(x)) x else signif(x, 12))
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE,
                               quote = FALSE, na = ""))
}

samples <- list(
  c(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), c(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7), rep(3, 11),
  c(40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60), c(0, 0, 0, 0, 0, 5, 10, 30, 20, 20, 15),
  c(3, 1, 1, 2, 2, 7, 6, 14, 25, 15, 23), c(2, 0, 0, 1, 0, 3, 1, 2, 2, 1, 0),
  c(0, 0, 4, 0, 0, 0, 0, 0, 0, 3, 0), c(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  c(9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0), c(0, 2, 5, 2, 0, 0, 1, 6, 9, 1, 0)
)

# van der Eijk (2001): agreement of a 0/1 pattern, then weighted over layers
pattern_agreement <- function(filled) {
  K <- length(filled)
  S <- sum(filled)
  if (S == 1) return(1)
  tu <- tdu <- 0
  for (i in 1:(K - 2)) for (j in (i + 1):(K - 1)) for (k in (j + 1):K) {
    three <- paste0(filled[c(i, j, k)], collapse = "")
    if (three %in% c("110", "011")) tu <- tu + 1
    if (three == "101") tdu <- tdu + 1
  }
  u <- if (tu + tdu == 0) 1 else ((K - 2) * tu - (K - 1) * tdu) / ((K - 2) * (tu + tdu))
  u * (1 - (S - 1) / (K - 1))
}
agreement <- function(x) {
  total <- sum(x)
  value <- 0
  while (sum(x) > 0) {
    filled <- as.integer(x > 0)
    height <- min(x[x > 0])
    value <- value + height * sum(filled) / total * pattern_agreement(filled)
    x <- x - height * filled
  }
  value
}
variation <- function(x) {
  answers <- rep(scores, x)
  mean(abs(outer(answers, answers, "-"))) / 5
}
leik <- function(x) {
  below <- cumsum(x) / sum(x)
  d <- ifelse(below < 0.5, below, 1 - below)
  1 - 2 * sum(d[1:10]) / 10
}
# where the variance of the coded answers lies between those of the two extreme codings
opposition <- function(x) {
  coded <- rep(c(rep(-1, 7), 0, 0, 1, 1), x)
  s <- mean(coded)
  if (abs(s) == 1) return(NA)
  v <- mean((coded - s)^2)
  (v - (abs(s) - s^2)) / ((1 - s^2) - (abs(s) - s^2))
}
table <- do.call(rbind, lapply(samples, function(x) {
  data.frame(t(setNames(x, paste0("score_", scores))), polarization = variation(x),
             opposition = opposition(x), consensus = leik(x), agreement = agreement(x))
}))
write_golden(table, "shape.csv")

# two cells
predictive <- function(x, alpha) {
  seen <- rep(alpha, 11)
  log <- 0
  for (answer in rep(1:11, x)) {
    log <- log + log(seen[answer] / sum(seen))
    seen[answer] <- seen[answer] + 1
  }
  log
}
pairs <- list(c(4, 5), c(6, 5), c(7, 11), c(1, 4), c(10, 11), c(6, 7))
set.seed(20260101)
rows <- lapply(pairs, function(p) {
  a <- samples[[p[1]]]; b <- samples[[p[2]]]
  x <- rep(scores, a); y <- rep(scores, b)
  w <- suppressWarnings(wilcox.test(x, y, exact = FALSE, correct = FALSE))
  delta <- 2 * unname(w$statistic) / (length(x) * length(y)) - 1
  # permutation of the answers between the cells, statistic G as a sum over the table
  g <- function(cell) {
    t <- table_of(cell)
    e <- outer(rowSums(t), colSums(t)) / sum(t)
    2 * sum(ifelse(t > 0, t * log(t / e), 0))
  }
  all <- c(x, y); group <- rep(1:2, c(length(x), length(y)))
  table_of <- function(group) rbind(tabulate(all[group == 1] + 1, 11), tabulate(all[group == 2] + 1, 11))
  seen <- g(group)
  drawn <- replicate(20000, g(sample(group)))
  data.frame(first = p[1], second = p[2], delta = delta, p_wilcoxon = w$p.value, g = seen,
             p_g = (1 + sum(drawn >= seen - 1e-9)) / 20001,
             log_bayes_factor = predictive(a, .5) + predictive(b, .5) - predictive(a + b, .5))
})
pairs <- do.call(rbind, rows)
write_golden(pairs, "shape_pairs.csv")

# one fork: share_i ~ Beta(km, k(1 - m)), m ~ Beta(1, 1), log k ~ Logistic(log 50, 1)
left <- c(15, 20, 3, 0, 23, 60, 9, 1); right <- c(23, 15, 9, 4, 40, 33, 9, 0)
tau <- seq(log(50) - 14, log(50) + 14, length.out = 1401)
lam <- seq(-6, 6, length.out = 1201)
kappa <- exp(tau); m <- plogis(lam)
log_mass <- outer(dlogis(tau, log(50), 1, log = TRUE), m * (1 - m), function(a, b) a + log(b))
for (i in seq_along(left)) log_mass <- log_mass +
  lbeta(outer(kappa, m) + left[i], outer(kappa, 1 - m) + right[i]) - lbeta(outer(kappa, m), outer(kappa, 1 - m))
mass <- exp(log_mass - max(log_mass)); mass <- mass / sum(mass)
fork <- do.call(rbind, lapply(seq_along(left), function(i) {
  a <- outer(kappa, m) + left[i]; b <- outer(kappa, 1 - m) + right[i]
  mean <- sum(mass * a / (a + b))
  square <- sum(mass * a * (a + 1) / ((a + b) * (a + b + 1)))
  data.frame(left = left[i], right = right[i], mean = mean, sd = sqrt(square - mean^2))
}))
write_golden(fork, "shape_fork.csv")
