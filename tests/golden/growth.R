# Grunfeld's investment of ten firms, 1935-1954, by plm and sandwich: slopes with effects of firms,
# of firms and years, and none, on the whole grid and with holes in it; errors classical, clustered
# by firm, and of Driscoll and Kraay with two lags (both HC0: no small-sample factor).
#
#   Rscript tests/golden/growth.R        writes growth.csv and growth_rows.csv

suppressPackageStartupMessages(library(plm))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(table, name) {
  path <- file.path(here, name)
  writeLines(sprintf("# %s, plm %s; tests/golden/growth.R", R.version.string,
                     packageVersion("plm")), path)
  suppressWarnings(write.table(format(table, digits = 12, trim = TRUE), path, append = TRUE,
                               sep = ",", row.names = FALSE, quote = FALSE))
}
data("Grunfeld", package = "plm")
whole <- Grunfeld
holes <- Grunfeld[-c(3, 4, 20, 21, 45, 60, 61, 62, 99, 120, 155, 156, 200), ]
found <- list()
for (rows in c("whole", "holes")) for (case in c("stores", "both", "none")) {
  data <- pdata.frame(get(rows), index = c("firm", "year"))
  fit <- switch(case,
    stores = plm(inv ~ value + capital, data, model = "within", effect = "individual"),
    both = plm(inv ~ value + capital, data, model = "within", effect = "twoways"),
    none = plm(inv ~ value + capital, data, model = "pooling"))
  terms <- c("value", "capital")
  error <- function(v) sqrt(diag(v))[terms]
  found[[length(found) + 1]] <- data.frame(
    rows = rows, absorb = case, term = terms, estimate = coef(fit)[terms],
    classical = error(vcov(fit)), df = df.residual(fit),
    cluster = error(vcovHC(fit, method = "arellano", type = "HC0", cluster = "group")),
    driscoll_kraay = error(vcovSCC(fit, type = "HC0", maxlag = 2)))
}
between <- plm(inv ~ value, pdata.frame(whole, index = c("firm", "year")), model = "between")
found[[length(found) + 1]] <- data.frame(
  rows = "whole", absorb = "between", term = "value", estimate = coef(between)["value"],
  classical = sqrt(vcov(between)["value", "value"]), df = df.residual(between), cluster = NA,
  driscoll_kraay = NA)
save(do.call(rbind, found), "growth.csv")
save(data.frame(whole[, c("firm", "year", "inv", "value", "capital")],
                hole = !(rownames(whole) %in% rownames(holes))), "growth_rows.csv")
