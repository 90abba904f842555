# Golden numbers for shrinkage across experiments, from metafor alone.
#
#   Rscript tests/golden/portfolio.R      writes portfolio.csv

suppressMessages(library(metafor))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
cases <- list(
  eight_schools = cbind(c(28, 8, -3, 7, -1, 1, 18, 12), c(15, 10, 16, 11, 9, 11, 10, 18)),
  callbacks = cbind(c(.034, .012, .051, -.008, .021, .060, .002),
                    c(.010, .008, .015, .012, .009, .020, .006)),
  alike = cbind(c(1, 1.1, .9, 1.05), c(.5, .4, .6, .5)),
  far_apart = cbind(c(-5, 0, 4, 10), c(.5, 1, .7, .4)))
rows <- do.call(rbind, lapply(names(cases), function(name) {
  y <- cases[[name]][, 1]
  se <- cases[[name]][, 2]
  control <- list(threshold = 1e-12, maxiter = 5000, tol = 1e-12)
  reml <- rma(y, sei = se, method = "REML", control = control)
  pm <- rma(y, sei = se, method = "PM", control = list(tol = 1e-12, maxiter = 5000))
  shrunk <- blup(reml)
  data.frame(case = name, estimate = y, std_error = se, tau2_reml = reml$tau2, tau2_pm = pm$tau2,
             mean = as.numeric(reml$beta), mean_se = reml$se, q = reml$QE, q_p = reml$QEp,
             blup = as.numeric(shrunk$pred), blup_se = as.numeric(shrunk$se))
}))
path <- file.path(here, "portfolio.csv")
writeLines(sprintf("# %s, metafor %s; tests/golden/portfolio.R", R.version.string,
                   packageVersion("metafor")), path)
suppressWarnings(write.table(format(rows, digits = 10, trim = TRUE), path, append = TRUE, sep = ",",
                             row.names = FALSE, quote = FALSE))
