# Golden numbers for the bridge, from base R and other packages.
#
#   Rscript tests/golden/bridge.R        writes the bridge_*.csv beside itself
#
# bridge_counts:     answers by score of two arms
# bridge_transition: equipercentile map by brute force: every old answer repeated once for each new
#                    one and the other way about, both sorted, and paired in order
# bridge_shifts:     shifts of the ten cumulative log-odds, ordinal::clm with a nominal effect
# bridge_misses:     misses and their variances in strata, made up
# bridge_spread:     restricted log-likelihood at some tau, less its maximum, and the tau there:
#                    metafor::rma(method = "REML")

suppressMessages({library(ordinal); library(metafor)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
put <- function(x, name) write.csv(x, file.path(here, paste0("bridge_", name, ".csv")), row.names = FALSE)

old <- c(260, 80, 120, 150, 180, 660, 580, 1400, 2520, 1600, 2450)
new <- c(170, 65, 90, 105, 130, 560, 480, 1310, 2540, 1770, 2780)
put(data.frame(score = 0:10, old, new), "counts")

a <- rep(0:10, old / 10) # a part of the answers has the same shares
b <- rep(0:10, new / 5)
pairs <- table(factor(rep(a, each = length(b)), 0:10), factor(rep(b, each = length(a)), 0:10))
put(as.data.frame.matrix(prop.table(pairs, 1)), "transition")

rows <- data.frame(score = factor(rep(0:10, 2), ordered = TRUE), n = c(old, new),
                   arm = factor(rep(c("old", "new"), each = 11), levels = c("old", "new")))
fit <- clm(score ~ 1, nominal = ~arm, weights = n, data = rows)
found <- coef(summary(fit))
found <- found[grepl("armnew", rownames(found)), ]
put(data.frame(cut = 0:9, shift = found[, 1], std_error = found[, 2]), "shifts")

set.seed(3)
v <- round(runif(12, 4, 30), 3)
y <- round(rnorm(12, 0.5, sqrt(v + 9)), 3)
put(data.frame(miss = y, variance = v), "misses")
best <- rma(y, v, method = "REML", control = list(threshold = 1e-10))
tau <- c(0, 1, 2, 3, 5, 8)
at <- sapply(tau, function(t) as.numeric(logLik(rma(y, v, tau2 = t^2, method = "REML"))))
put(data.frame(tau = c(sqrt(best$tau2), tau),
               log_likelihood = c(0, at - as.numeric(logLik(best)))), "spread")
