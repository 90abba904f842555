# Golden numbers for two scores of one customer, from R packages.
#
#   Rscript tests/golden/retest.R        writes retest.csv beside itself
#
# Cells of the bivariate normal by mvtnorm::pmvnorm between the thresholds of the population's
# scores; the latent correlation of a table of pairs, symmetric so that its margins are the
# population, by polycor::polychor in two steps.

suppressMessages({library(mvtnorm); library(polycor)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
population <- list(
  usual = c(4, 3, 5, 8, 12, 28, 40, 120, 280, 250, 250),
  low = c(30, 10, 15, 20, 30, 70, 80, 160, 230, 170, 185),
  gaps = c(5, 0, 0, 3, 0, 9, 20, 0, 40, 30, 60)
)
cells <- function(p, rho) {
  cut <- c(-Inf, qnorm(cumsum(p)[1:10] / sum(p)), Inf)
  below <- outer(1:12, 1:12, Vectorize(function(i, j) {
    if (i == 1 || j == 1 || is.infinite(cut[i]) && cut[i] < 0) 0
    else if (i == 12 && j == 12) 1
    else if (i == 12) pnorm(cut[j]) else if (j == 12) pnorm(cut[i])
    else as.numeric(pmvnorm(upper = c(cut[i], cut[j]), corr = matrix(c(1, rho, rho, 1), 2),
                            algorithm = TVPACK(abseps = 1e-14)))
  }))
  t(diff(t(diff(below))))
}
out <- NULL
for (name in names(population)) for (rho in c(0, .3, .5, .8, .95)) {
  p <- population[[name]]; q <- cells(p, rho); s <- 0:10
  d <- q[1:7, ]; up <- outer(0:6, s, "<"); move <- outer(0:6, s, function(a, b) b - a)
  m <- sum(s * rowSums(q))
  out <- rbind(out, data.frame(name, latent = rho,
    pearson = (sum(outer(s, s) * q) - m^2) / (sum(s^2 * rowSums(q)) - m^2),
    better = sum(d * up) / sum(d), out = sum(d[, 8:11]) / sum(d), change = sum(d * move) / sum(d)))
}
table <- round(2000 * cells(population$usual / 1000, .62)); table <- table + t(table)
margin <- rowSums(table)
out <- rbind(out, data.frame(name = "polychor", latent = polychor(table), pearson = NA,
                             better = NA, out = NA, change = NA))
out[-1] <- lapply(out[-1], signif, 12)
file <- file.path(here, "retest.csv")
versions <- sapply(c("mvtnorm", "polycor"), function(p) paste(p, packageVersion(p)))
cat("# ", R.version.string, "; ", paste(versions, collapse = ", "), "; tests/golden/retest.R\n",
    sep = "", file = file)
suppressWarnings(write.table(out, file, sep = ",", row.names = FALSE, quote = FALSE, append = TRUE))
write.table(table, file.path(here, "retest_pairs.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
