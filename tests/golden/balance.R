# Golden numbers for sample ratios, covariate balance and missing outcomes, from R alone.
#
#   Rscript tests/golden/balance.R     writes balance.csv and balance_units.csv beside itself
#
# Sample ratios are chisq.test, binom.test and a plain enumeration with dmultinom. Standardized
# differences are those of MatchIt with the pooled standard deviation. The joint test without strata
# is Pillai's trace from manova(), times N - 1; with strata, and of clusters, every allocation that
# could have come about is enumerated, and the distance is taken in the covariance that the
# differences really have over them.

suppressMessages(library(MatchIt))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
rows <- list()
put <- function(case, what, value) {
  rows[[length(rows) + 1]] <<- data.frame(case = case, what = what, value = value)
}

# sample ratios --------------------------------------------------------------------------------
put("hillstrom", "p_value", chisq.test(c(21307, 21387, 21306))$p.value)
put("hillstrom", "statistic", unname(chisq.test(c(21307, 21387, 21306))$statistic))
put("unequal", "p_value", chisq.test(c(812, 95, 130), p = c(.8, .1, .1))$p.value)
put("two tiny", "p_value", binom.test(2, 11, 0.5)$p.value)
put("two unequal", "p_value", binom.test(9, 30, 0.15)$p.value)

exact <- function(x, p) {
  n <- sum(x)
  grid <- expand.grid(rep(list(0:n), length(x) - 1))
  grid <- grid[rowSums(grid) <= n, , drop = FALSE]
  all <- cbind(as.matrix(grid), n - rowSums(grid))
  mass <- apply(all, 1, dmultinom, prob = p)
  sum(mass[mass <= dmultinom(x, prob = p) * (1 + 1e-7)])
}
put("three tiny", "p_value", exact(c(1, 4, 9), c(1, 1, 1) / 3))
put("three unequal", "p_value", exact(c(20, 0, 4), c(.5, .3, .2)))
put("four", "p_value", exact(c(0, 2, 3, 9), c(.25, .25, .25, .25)))

# units --------------------------------------------------------------------------------------
set.seed(20)
n <- 96
units <- data.frame(
  arm = rep(c("control", "called", "mailed"), length.out = n),
  stratum = rep(c("small", "large"), c(36, 60)),
  cluster = sprintf("s%02d", rep(1:12, each = 8))
)
units$age <- round(rnorm(n, 40 + 6 * (units$stratum == "large"), 9), 1)
units$member <- rbinom(n, 1, 0.3 + 0.2 * (units$arm == "called"))
units$visits <- rpois(n, 3 + (units$arm == "mailed"))
units$missing <- rbinom(n, 1, 0.1 + 0.15 * (units$arm == "called"))
stores <- c("control", "called", "control", "called", "called", "control",
            "control", "called", "called", "control", "called", "control")
units$store_arm <- rep(stores, each = 8)
covariates <- c("age", "member", "visits")

# standardized differences -------------------------------------------------------------------
for (arm in c("called", "mailed")) {
  two <- units[units$arm %in% c("control", arm), ]
  two$treat <- as.integer(two$arm == arm)
  # for the ATE MatchIt divides by the pooled deviation; nothing is matched, and a distance of its
  # own spares it the logistic regression
  fit <- matchit(treat ~ age + member + visits, data = two, method = NULL, distance = two$age,
                 estimand = "ATE")
  table <- summary(fit, standardize = TRUE)$sum.all
  for (name in covariates) {
    put(arm, paste("smd", name), table[name, "Std. Mean Diff."])
    put(arm, paste("ratio", name), table[name, "Var. Ratio"])
  }
}

# joint test -----------------------------------------------------------------------------------
pillai <- function(data) {
  fit <- manova(as.matrix(data[covariates]) ~ factor(data$arm))
  (nrow(data) - 1) * summary(fit, test = "Pillai")$stats[1, "Pillai"]
}
put("joint", "statistic", pillai(units))
put("joint called", "statistic", pillai(units[units$arm != "mailed", ]))

# the distance of what was seen, in the covariance over all allocations: columns of `all` are
# allocations (TRUE: treated), `difference` gives one's vector of differences
distance <- function(all, seen, difference) {
  every <- t(apply(all, 2, difference))
  centred <- sweep(every, 2, colMeans(every))
  apart <- difference(seen) - colMeans(every)
  drop(apart %*% solve(crossprod(centred) / nrow(every)) %*% apart)
}
few <- units[units$arm != "mailed", ][c(1:8, 40:48), ]
few <- rbind(few[few$stratum == "small", ][1:6, ], few[few$stratum == "large", ][1:8, ])
sizes <- table(few$stratum)
treated <- few$arm == "called"
small <- which(few$stratum == "small")
large <- which(few$stratum == "large")
one <- combn(small, sum(treated[small]))
two <- combn(large, sum(treated[large]))
pairs <- expand.grid(seq_len(ncol(one)), seq_len(ncol(two)))
all <- apply(pairs, 1, function(p) seq_len(nrow(few)) %in% c(one[, p[1]], two[, p[2]]))
x <- as.matrix(few[covariates])
adjusted <- function(z) { # differences within strata, weighted by the harmonic mean of their arms
  h <- sapply(list(small, large), function(s) 1 / (1 / sum(z[s]) + 1 / sum(!z[s])))
  d <- sapply(list(small, large), function(s) {
    colMeans(x[s[z[s]], , drop = FALSE]) - colMeans(x[s[!z[s]], , drop = FALSE])
  })
  drop(d %*% h) / sum(h)
}
put("strata", "statistic", distance(all, treated, adjusted))
put("strata", "p_value_chi2", pchisq(distance(all, treated, adjusted), 3, lower.tail = FALSE))

stores <- unique(units$cluster)
where <- split(seq_len(n), units$cluster)[stores]
seen <- sapply(where, function(w) units$store_arm[w[1]] == "called")
y <- sweep(as.matrix(units[covariates[1:2]]), 2, colMeans(units[covariates[1:2]]))
totals <- t(sapply(where, function(w) colSums(y[w, ])))
choices <- combn(12, sum(seen))
every <- apply(choices, 2, function(choice) seq_len(12) %in% choice)
put("clusters", "statistic",
    distance(every, seen, function(z) colMeans(totals[z, ]) - colMeans(totals[!z, ])))

# missing outcomes -------------------------------------------------------------------------------
lost <- table(units$arm, units$missing)
put("missing", "p_value", suppressWarnings(chisq.test(lost, correct = FALSE))$p.value)
put("missing called", "p_value", chisq.test(lost[c("control", "called"), ], correct = FALSE)$p.value)
put("fisher", "p_value", fisher.test(matrix(c(1, 40, 6, 35), 2))$p.value)

write <- function(data, name) {
  file <- file.path(here, name)
  head <- sprintf("# %s, MatchIt %s, tests/golden/balance.R", R.version.string,
                  packageVersion("MatchIt"))
  writeLines(head, file)
  suppressWarnings(write.table(format(data, digits = 12, trim = TRUE), file, append = TRUE,
                               sep = ",", row.names = FALSE, quote = FALSE))
}
few_ids <- as.integer(rownames(few))
units$few <- as.integer(seq_len(n) %in% few_ids)
write(units, "balance_units.csv")
golden <- do.call(rbind, rows)
golden$value <- trimws(formatC(golden$value, digits = 12, format = "g"))
write(golden, "balance.csv")
