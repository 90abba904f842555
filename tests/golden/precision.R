# Golden numbers for the planning of answers, from R alone.
#
#   Rscript tests/golden/precision.R        writes precision.csv beside itself
#
# Nothing here inverts a formula: sizes are found by trying n = 1, 2, 3 … until the half-width is
# short enough, standard errors with finite populations are those of survey::svymean on a sample
# with the stated variance, and powers are those of stats::power.t.test (Student's t in place of
# the normal: about two answers more). Everything in shares; level 95 %, power 80 %.

suppressPackageStartupMessages(library(survey))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
z <- qnorm(0.975)
rows <- list()
add <- function(kind, ...) rows[[length(rows) + 1]] <<- data.frame(kind = kind, ...)

first <- function(ok) {
  n <- 1
  while (!ok(n)) n <- n + 1
  n
}

# one score: smallest n whose adjusted Wald interval is ±margin
for (v in c(0.42, 0.54, 0.67, 1)) for (margin in c(0.03, 0.05, 0.10, 0.20)) {
  for (N in c(Inf, 400, 5000)) {
    fpc <- function(n) if (is.finite(N)) (N - n) / (N - 1) else 1
    n <- first(function(n) z * sqrt(v / (n + 3) * fpc(n)) <= margin)
    add("margin", variance = v, goal = margin, population = N, ratio = NA, n = n)
  }
}

# two groups with a ratio of sizes
for (v in c(0.54, 1)) for (margin in c(0.06, 0.15)) for (ratio in c(0.5, 1, 3)) {
  n <- first(function(n) z * sqrt(v / (n + 3) + v / (ceiling(ratio * n) + 3)) <= margin)
  add("difference", variance = v, goal = margin, population = Inf, ratio = ratio, n = n)
}

# power, with Student's t
for (v in c(0.54, 1)) for (gap in c(0.05, 0.10, 0.20)) {
  for (type in c("one.sample", "two.sample")) {
    n <- power.t.test(delta = gap, sd = sqrt(v), power = 0.8, type = type)$n
    add(type, variance = v, goal = gap, population = Inf, ratio = NA, n = n)
  }
}

# standard errors of survey::svymean: `goal` is the standard error, `n` the answers
for (x in list(c(20, 30, 50), c(5, 5, 30), c(100, 100, 100))) for (N in c(310, 2000)) {
  score <- rep(c(-1, 0, 1), x)
  n <- length(score)
  design <- svydesign(ids = ~1, data = data.frame(score, N), fpc = ~N)
  se <- as.numeric(SE(svymean(~score, design)))
  # variance of the population, with divisor N, that the sample's n - 1 variance stands for
  add("survey", variance = var(score) * (N - 1) / N, goal = se, population = N, ratio = NA, n = n)
}

table <- do.call(rbind, rows)
table <- transform(table, variance = signif(variance, 12), goal = signif(goal, 12), n = signif(n, 9))
file <- file(file.path(here, "precision.csv"), "w")
writeLines(paste0("# ", R.version.string, ", survey ", packageVersion("survey"), ", tests/golden/precision.R"), file)
write.csv(table, file, row.names = FALSE, quote = FALSE)
close(file)
