# Golden numbers for tests/experiments/test_subgroups.py.
#
#   Rscript tests/golden/subgroups.R
#
# writes beside itself subgroups.csv: Cochran's Q with its p-value and I² of the effects of cells
# (metafor::rma, fixed effect), and the likelihood ratio of each key given the other.

suppressMessages(library(metafor))
arguments <- commandArgs(FALSE)
here <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)))
effect <- c(.031, .095, .012, .068, .121, -.022, .055, .040, .017, .133, -.008, .071)
variance <- c(4, 9, 2, 7, 11, 5, 3, 8, 6, 10, 2, 4) / 1e4
tier <- factor(rep(1:3, each = 4))
store <- factor(rep(1:4, times = 3))

fitted <- function(formula) rma(effect, variance, mods = formula, method = "FE")
one <- rma(effect, variance, method = "FE")
full <- fitted(~ tier + store)
gain <- function(less, df) {
  q <- less$QE - full$QE
  c(q, df, pchisq(q, df, lower.tail = FALSE))
}
alone <- function(key) {
  fit <- rma(effect, variance, mods = model.matrix(~ key)[, -1], method = "FE")
  q <- one$QE - fit$QE
  df <- nlevels(key) - 1
  c(q, df, pchisq(q, df, lower.tail = FALSE))
}
rows <- rbind(
  c(one$QE, one$k - 1, one$QEp), alone(tier), alone(store),
  gain(fitted(~ store), 2), gain(fitted(~ tier), 3)
)
out <- data.frame(
  test = c("cells", "tier", "store", "tier given store", "store given tier"),
  q = rows[, 1], df = rows[, 2], p_value = rows[, 3],
  i_squared = c(one$I2 / 100, NA, NA, NA, NA)
)
file <- file.path(here, "subgroups.csv")
version <- paste0("metafor ", packageVersion("metafor"))
cat("# ", R.version.string, ", ", version, ", tests/golden/subgroups.R\n", sep = "", file = file)
suppressWarnings(
  write.table(out, file, sep = ",", row.names = FALSE, quote = FALSE, append = TRUE)
)
