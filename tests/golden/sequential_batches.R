# The conditional odds ratio of batches of two shares, from R alone: Fisher's exact law in each
# batch (stratum), as mantelhaen.test(exact = TRUE) has it.
#
#   Rscript tests/golden/sequential_batches.R      writes sequential_batches.csv

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
# control events, control units, treatment events, treatment units, a row a batch
cases <- list(
  rbind(c(3, 100, 6, 90), c(2, 120, 5, 110), c(4, 80, 4, 100)),
  rbind(c(30, 60, 45, 70), c(12, 20, 10, 25)),
  rbind(c(0, 50, 2, 50), c(1, 50, 0, 50), c(0, 10, 0, 12), c(2, 40, 6, 45)))
path <- file.path(here, "sequential_batches.csv")
writeLines(sprintf("# %s; tests/golden/sequential_batches.R", R.version.string), path)
table <- do.call(rbind, lapply(seq_along(cases), function(i) {
  case <- cases[[i]]
  # treatment's odds over control's
  strata <- array(apply(case, 1, function(b) c(b[3], b[1], b[4] - b[3], b[2] - b[1])),
                  c(2, 2, nrow(case)))
  kept <- strata[, , apply(case, 1, function(b) b[1] + b[3] > 0), drop = FALSE]
  test <- mantelhaen.test(kept, exact = TRUE)
  data.frame(case = i, control_events = case[, 1], control_units = case[, 2],
             treatment_events = case[, 3], treatment_units = case[, 4],
             odds_ratio = unname(test$estimate))
}))
suppressWarnings(write.table(format(table, digits = 12, trim = TRUE), path, append = TRUE,
                             sep = ",", row.names = FALSE, quote = FALSE))
