# Golden numbers for the complier effect, from AER, sandwich and R's own tests.
#
#   Rscript tests/golden/compliance.R [FoxDebate.csv]
#
# writes compliance_units.csv (simulated rows) and compliance.csv beside itself. The real data set,
# if its path is given, adds its rows to compliance.csv under the names infopro and support.
#
# HC0 is that of ivreg. HC2 is that of y - cace d regressed on z, over the first stage: the hat
# values of ivreg are those of the second stage, not of the instruments.
# Anderson-Rubin limits are where the p-value of t.test(y - beta d ~ z), Welch's, crosses 5 %. With
# covariates each arm's mean at the common covariates is predict.lm's, with its standard error.

suppressMessages({
  library(AER)
  library(sandwich)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

# one case: z assigned, d received, y outcome, x a covariate
simulated <- function(name, n, reach, always, kind, seed) {
  set.seed(seed)
  z <- rep(0:1, c(n %/% 2, n - n %/% 2))
  x <- round(rnorm(n, 1, 2), 3)
  type <- ifelse(runif(n) < reach, "c", ifelse(runif(n) < always, "a", "n"))
  d <- as.integer(type == "a" | (type == "c" & z == 1))
  lin <- 0.3 * x + 0.8 * d + (type == "n") - 0.2
  y <- if (kind == "binary") rbinom(n, 1, plogis(lin)) else round(10 * exp(lin / 3 + rnorm(n) / 2), 2)
  data.frame(case = name, z = z, d = d, x = x, y = y)
}
units <- rbind(
  simulated("one-sided binary", 240, 0.6, 0, "binary", 1),
  simulated("two-sided amount", 201, 0.5, 0.4, "amount", 2),
  simulated("weak amount", 60, 0.12, 0.5, "amount", 3),
  simulated("few", 14, 0.7, 0.3, "amount", 8),
  simulated("nothing", 50, 0.1, 0.5, "amount", 5)
)

p_at <- function(beta, u) t.test(y - beta * d ~ z, data = u)$p.value
crossing <- function(u) {
  # every beta at which the p-value crosses 5 %, sought on tan so that the whole line is seen
  scale <- sd(u$y)
  f <- function(angle) p_at(scale * tan(angle), u) - 0.05
  grid <- seq(-pi / 2 + 1e-4, pi / 2 - 1e-4, length.out = 4001)
  at <- sapply(grid, f)
  turn <- which(at[-1] * at[-length(at)] < 0)
  roots <- lapply(turn, function(i) uniroot(f, grid[i + 0:1], tol = 1e-14)$root)
  c(scale * tan(as.numeric(unlist(roots))), NA, NA)[1:2]
}

numbers <- function(name, u) {
  z <- u$z
  u$y <- as.numeric(u$y)
  fit <- ivreg(y ~ d | z, data = u)
  first <- lm(d ~ z, data = u)
  itt <- lm(y ~ z, data = u)
  ends <- crossing(u)
  # each arm's line read at the common mean of x; the ratio of the two effects
  middle <- data.frame(x = mean(u$x))
  line <- function(response) {
    u$r <- response
    at <- lapply(0:1, function(a) predict(lm(r ~ x, data = u[u$z == a, ]), middle, se.fit = TRUE))
    slopes <- sapply(0:1, function(a) coef(lm(r ~ x, data = u[u$z == a, ]))[2])
    # what the noise of the common mean of x adds where slopes differ
    within <- sum(resid(lm(x ~ z, data = u))^2) / (nrow(u) - 2)
    c(at[[2]]$fit - at[[1]]$fit,
      sqrt(at[[2]]$se.fit^2 + at[[1]]$se.fit^2 + diff(slopes)^2 * within / nrow(u)))
  }
  ratio <- line(u$y)[1] / line(u$d)[1]
  adjusted <- line(u$y - ratio * u$d)
  data.frame(
    case = name,
    n = nrow(u),
    first_stage = coef(first)[["z"]],
    first_hc2 = sqrt(vcovHC(first, "HC2")[2, 2]),
    itt = coef(itt)[["z"]],
    itt_p = t.test(y ~ z, data = u)$p.value,
    cace = coef(fit)[["d"]],
    hc0 = sqrt(vcovHC(fit, "HC0")[2, 2]),
    hc2 = sqrt(vcovHC(lm(y - coef(fit)[["d"]] * d ~ z, data = u), "HC2")[2, 2]) /
      abs(coef(first)[["z"]]),
    root_low = min(ends), root_high = max(ends),  # NA: no p-value under 5 %
    p_at_infinity = t.test(d ~ z, data = u)$p.value,
    adjusted = ratio,
    adjusted_se = adjusted[2] / abs(line(u$d)[1]),
    as_treated = coef(lm(y ~ d, data = u))[["d"]],
    as_treated_se = sqrt(vcov(lm(y ~ d, data = u))[2, 2])
  )
}

rows <- do.call(rbind, lapply(unique(units$case), function(name) {
  numbers(name, units[units$case == name, ])
}))
rows$cace_all <- NA
rows$cace_all_se <- NA

given <- commandArgs(trailingOnly = TRUE)
if (length(given)) {
  fox <- read.csv(given[1])
  for (name in c("infopro", "support")) {
    u <- with(fox, data.frame(z = conditn, d = watchpro, x = partyid, y = fox[[name]]))
    known <- !is.na(u$y)
    row <- numbers(name, u[known, ])
    # first stage of all over the effect among those with an outcome: their estimating functions,
    # stacked unit by unit, give the joint covariance
    itt <- lm(y ~ z, data = u)
    first <- lm(d ~ z, data = u)
    one <- matrix(0, nrow(u), 2)
    one[known, ] <- estfun(itt) %*% bread(itt) / sum(known)
    two <- estfun(first) %*% bread(first) / nrow(u)
    v <- crossprod(cbind(one[, 2], two[, 2]))
    ratio <- coef(itt)[["z"]] / coef(first)[["z"]]
    g <- c(1, -ratio) / coef(first)[["z"]]
    row$first_stage <- coef(first)[["z"]]
    row$cace_all <- ratio
    row$cace_all_se <- sqrt(drop(g %*% v %*% g))
    rows <- rbind(rows, row)
  }
}

write_with_head <- function(table, file) {
  out <- file(file.path(here, file), "w")
  writeLines(sprintf("# %s, AER %s, sandwich %s, tests/golden/compliance.R", R.version.string,
                     packageVersion("AER"), packageVersion("sandwich")), out)
  write.csv(table, out, row.names = FALSE, quote = FALSE)
  close(out)
}
write_with_head(units, "compliance_units.csv")
rows[-1] <- lapply(rows[-1], signif, 12)
write_with_head(rows, "compliance.csv")
print(rows)
