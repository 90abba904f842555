# Golden numbers for predictive validity, from packages on rows.
#
#   Rscript tests/golden/validity.R      writes validity_counts.csv and validity.csv beside itself
#
# Concordance: pROC::roc, DeLong's variance, the logit interval of it, roc.test of two unpaired
# curves. Slope: glm, binomial, with and without a stratum's own intercept.

suppressMessages(library(pROC))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(11)
rows <- NULL
for (case in c("middling", "few", "sharp")) {
  n <- c(middling = 800, few = 60, sharp = 3000)[[case]]
  slope <- c(middling = .15, few = .3, sharp = .5)[[case]]
  for (arm in c("last", "first")) for (store in c("a", "b")) {
    shift <- ifelse(store == "a", 0, .8)
    score <- pmin(10, pmax(0, round(rnorm(n, 7 + shift, 2.2))))
    yes <- rbinom(n, 1, plogis(-.6 - shift + slope * (arm == "first" | case == "sharp") * (score - 7)))
    rows <- rbind(rows, data.frame(case, arm, store, score, yes))
  }
}
counts <- aggregate(list(n = rep(1, nrow(rows))), rows, sum)
write.csv(counts, file.path(here, "validity_counts.csv"), row.names = FALSE, quote = FALSE)

tight <- glm.control(epsilon = 1e-14, maxit = 100)
out <- NULL
for (case in unique(rows$case)) {
  d <- rows[rows$case == case, ]
  curve <- lapply(c(last = "last", first = "first"), function(arm)
    roc(yes ~ score, data = d[d$arm == arm, ], direction = "<", levels = c(0, 1), quiet = TRUE))
  test <- roc.test(curve$first, curve$last, method = "delong", paired = FALSE)
  for (arm in names(curve)) {
    e <- d[d$arm == arm, ]
    one <- coef(summary(glm(yes ~ score, binomial, e, control = tight)))["score", 1:2]
    both <- coef(summary(glm(yes ~ score + store, binomial, e, control = tight)))["score", 1:2]
    own <- glm(yes ~ factor(score), binomial, e, control = tight)
    dev <- deviance(glm(yes ~ score, binomial, e, control = tight)) - deviance(own)
    df <- length(unique(e$score)) - 2
    out <- rbind(out, data.frame(case, arm, auc = as.numeric(auc(curve[[arm]])),
      se = sqrt(var(curve[[arm]], method = "delong")), slope = one[1], slope_se = one[2],
      slope_store = both[1], slope_store_se = both[2], misfit = pchisq(dev, df, lower.tail = FALSE),
      t = unname(test$statistic), df = unname(test$parameter), p = test$p.value))
  }
}
half <- qnorm(.975) * out$se / (out$auc * (1 - out$auc))
out$lower <- plogis(qlogis(out$auc) - half); out$upper <- plogis(qlogis(out$auc) + half)
out[-(1:2)] <- lapply(out[-(1:2)], signif, 12)
file <- file.path(here, "validity.csv")
cat("# ", R.version.string, "; pROC ", as.character(packageVersion("pROC")), "; tests/golden/validity.R\n", sep = "", file = file)
suppressWarnings(write.table(out, file, sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
