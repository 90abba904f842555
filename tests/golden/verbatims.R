# Golden numbers for the analyses of verbatims. Run in this folder: Rscript verbatims.R
#
# verbatims_words.csv   words of two groups, with the log-odds of Monroe, Colaresi & Quinn (2008),
#                       equations 15, 18 and 19, written out word by word
# verbatims_rows.csv    answers of 30 stores: score, store, three indicators
# verbatims_effects.csv lm + sandwich::vcovCL (clustered, HC1) and vcovHC (HC1) of the NPS points and
#                       of the score; contribution by a stacked regression (mean and coefficient)
# verbatims_shares.csv  share of an indicator with its clustered error, and Korn & Graubard's
#                       effective size with Jeffreys' limits
suppressPackageStartupMessages(library(sandwich))
set.seed(20260310)

words <- data.frame(word = paste0("w", 1:12),
                    ours = c(120, 60, 33, 12, 5, 1, 0, 0, 40, 7, 300, 2),
                    theirs = c(100, 150, 30, 60, 0, 0, 1, 25, 41, 30, 610, 40))
n <- 900; m <- 1800; prior <- 50
out <- NULL
for (i in seq_len(nrow(words))) {
  y <- words$ours[i]; x <- words$theirs[i]
  a <- prior * (y + x) / (n + m)
  omega_i <- (y + a) / (n + prior - y - a)
  omega_j <- (x + a) / (m + prior - x - a)
  delta <- log(omega_i) - log(omega_j)
  v <- 1 / (y + a) + 1 / (n + prior - y - a) + 1 / (x + a) + 1 / (m + prior - x - a)
  out <- rbind(out, data.frame(delta = delta, std_error = sqrt(v), z = delta / sqrt(v)))
}
write.csv(cbind(words, n = n, m = m, prior = prior, out), "verbatims_words.csv", row.names = FALSE)

size <- 600
store <- sample(0:29, size, replace = TRUE)
quality <- rnorm(30, sd = 1)[store + 1]
a <- rbinom(size, 1, plogis(-0.8 - 0.5 * quality))
b <- rbinom(size, 1, plogis(-1.2 + 0.4 * a))
c <- rbinom(size, 1, 0.3)
score <- pmin(10, pmax(0, round(8 + quality - 1.5 * a + 0.8 * b + rnorm(size, sd = 2))))
rows <- data.frame(score, store, a, b, c)
write.csv(rows, "verbatims_rows.csv", row.names = FALSE)

rows$points <- 100 * ((rows$score >= 9) - (rows$score <= 6))
found <- NULL
for (outcome in c("points", "score")) {
  fit <- lm(reformulate(c("a", "b", "c"), outcome), rows)
  clustered <- sqrt(diag(vcovCL(fit, cluster = rows$store, type = "HC1", cadjust = TRUE)))
  robust <- sqrt(diag(vcovHC(fit, type = "HC1")))
  # contribution: influence of mean(x) * b, both estimated
  X <- model.matrix(fit); e <- residuals(fit); bread <- solve(crossprod(X))
  for (k in c("a", "b", "c")) {
    on_b <- as.vector((X * e) %*% bread[, k]); x <- X[, k]; bk <- coef(fit)[[k]]
    h <- mean(x) * on_b + bk * (x - mean(x)) / size
    s <- tapply(h, rows$store, sum); G <- length(s)
    factor <- G / (G - 1) * (size - 1) / (size - 4)
    found <- rbind(found, data.frame(outcome = outcome, column = k, estimate = bk,
      clustered = clustered[[k]], robust = robust[[k]], contribution = mean(x) * bk,
      contribution_error = sqrt(factor * sum(s^2))))
  }
}
write.csv(found, "verbatims_effects.csv", row.names = FALSE)

shares <- NULL
for (k in c("a", "b", "c")) {
  fit <- lm(reformulate("1", k), rows)
  G <- length(unique(rows$store))
  # vcovCL without the (n-1)/(n-k) part: only G/(G-1)
  v <- vcovCL(fit, cluster = rows$store, type = "HC0", cadjust = TRUE)[1, 1]
  p <- mean(rows[[k]])
  deff <- max(1, v / (p * (1 - p) / size))
  eff <- size / deff / (qt(0.975, G - 1) / qnorm(0.975))^2
  shares <- rbind(shares, data.frame(column = k, estimate = p, std_error = sqrt(v), n_effective = eff,
    lower = qbeta(0.025, p * eff + 0.5, (1 - p) * eff + 0.5),
    upper = qbeta(0.975, p * eff + 0.5, (1 - p) * eff + 0.5)))
}
write.csv(shares, "verbatims_shares.csv", row.names = FALSE)

# verbatims_words_clustered.csv  log-odds ratio of each indicator between detractors and the others,
#                       with the model's error and vcovCL's (HC0, G/(G-1)) by store
odds <- NULL
rows$detractor <- as.numeric(rows$score <= 6)
rows$d <- as.numeric(rows$store < 8) # a word of some stores
for (k in c("a", "b", "c", "d")) {
  fit <- glm(reformulate("detractor", k), binomial, rows, epsilon = 1e-14)
  odds <- rbind(odds, data.frame(column = k, estimate = coef(fit)[[2]], model = sqrt(vcov(fit)[2, 2]),
    clustered = sqrt(vcovCL(fit, cluster = rows$store, type = "HC0", cadjust = TRUE)[2, 2])))
}
write.csv(odds, "verbatims_words_clustered.csv", row.names = FALSE)
