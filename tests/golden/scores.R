# Golden numbers for the effect on scores, from packages on rows.
#
#   Rscript tests/golden/scores.R        writes scores_arms.csv and scores.csv beside itself
#
# Cumulative logit: ordinal::clm with its profile interval, likelihood ratio against no effect and
# against nominal effects (not proportional). Rank-sum: coin::wilcox_test, asymptotic. Trimming
# bounds (Lee 2009): whole persons sorted and the surplus cut off by hand.

suppressMessages({library(ordinal); library(coin)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
cases <- list(
  shift = list(c(2, 1, 0, 3, 4, 8, 9, 20, 30, 25, 18), c(6, 2, 3, 3, 5, 9, 12, 22, 20, 15, 9)),
  polarized = list(c(30, 6, 5, 4, 5, 8, 9, 12, 10, 40, 70), c(9, 5, 9, 9, 14, 25, 24, 42, 36, 29, 8)),
  few = list(c(0, 0, 1, 0, 0, 1, 0, 2, 3, 0, 4), c(1, 0, 0, 2, 0, 1, 1, 2, 0, 1, 0)),
  many = list(c(90, 60, 80, 90, 150, 300, 400, 1200, 1900, 1500, 2300),
              c(99, 70, 75, 95, 160, 330, 420, 1210, 1880, 1450, 2200))
)
arms <- out <- NULL
for (name in names(cases)) {
  counts <- cases[[name]]
  for (k in 1:2) arms <- rbind(arms, c(name, c("called", "ignored")[k], counts[[k]]))
  y <- c(rep(0:10, counts[[1]]), rep(0:10, counts[[2]]))
  x <- rep(c(1, 0), sapply(counts, sum))
  d <- data.frame(y = factor(y, ordered = TRUE), x = x)
  fit <- clm(y ~ x, data = d); null <- clm(y ~ 1, data = d); free <- clm(y ~ 1, nominal = ~x, data = d)
  ci <- confint(fit, type = "profile")
  lr <- function(a, b, df) pchisq(2 * as.numeric(logLik(a) - logLik(b)), df, lower.tail = FALSE)
  bins <- nlevels(d$y)
  # clm's own nominal fit does not always converge with empty scores: shares without a model
  full <- sum(sapply(split(d$y, d$x), function(s) { n <- table(s); sum(n[n > 0] * log(n[n > 0] / sum(n))) }))
  uneven <- pchisq(2 * (full - as.numeric(logLik(fit))), bins - 2, lower.tail = FALSE)
  nominal <- lr(free, fit, bins - 2)
  w <- wilcox_test(y ~ factor(x), data = data.frame(y = y, x = x), distribution = "asymptotic")
  out <- rbind(out, data.frame(name, coef(fit)["x"], sqrt(vcov(fit)["x", "x"]), ci[1], ci[2],
                               lr(fit, null, 1), uneven, nominal, as.numeric(pvalue(w))))
}
colnames(arms) <- c("case", "arm", paste0("score_", 0:10))
write.csv(arms, file.path(here, "scores_arms.csv"), row.names = FALSE, quote = FALSE)

# Lee: 100 assigned to either arm
net <- function(s) ifelse(s >= 9, 100, ifelse(s <= 6, -100, 0))
lee <- function(one, two, n1, n0) {
  a <- sort(net(rep(0:10, one))); b <- sort(net(rep(0:10, two)))
  keep <- function(x, k) c(mean(head(x, k)), mean(tail(x, k)))
  if (length(a) / n1 > length(b) / n0) {
    keep(a, round(length(b) / n0 * n1)) - mean(b)
  } else {
    mean(a) - rev(keep(b, round(length(a) / n1 * n0)))
  }
}
out[-1] <- lapply(out[-1], signif, 12)
names(out) <- c("case", "log_ratio", "std_error", "lower", "upper", "p", "p_uneven", "p_nominal", "p_ranks")
assigned <- list(shift = c(200, 400), polarized = c(398, 300), few = c(22, 16), many = c(10000, 15978))
bounds <- t(mapply(function(k, n) lee(k[[1]], k[[2]], n[1], n[2]), cases, assigned))
out$lee_low <- bounds[, 1]; out$lee_high <- bounds[, 2]
out$n_called <- sapply(assigned, `[`, 1); out$n_ignored <- sapply(assigned, `[`, 2)
file <- file.path(here, "scores.csv")
versions <- sapply(c("ordinal", "coin"), function(p) paste(p, packageVersion(p)))
cat("# ", R.version.string, "; ", paste(versions, collapse = ", "), "; tests/golden/scores.R\n",
    sep = "", file = file)
suppressWarnings(write.table(out, file, sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
