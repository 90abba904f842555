# Golden numbers for amounts, from R's own functions on rows.
#
#   Rscript tests/golden/amounts.R        writes amounts_rows.csv and amounts.csv beside itself
#
# Means by t.test, adjustment by lm and predict on rows with sandwich errors beside it, ratios of
# means by inverting t.test and by msm::deltamethod, a ratio metric by survey::svyratio. Trimmed
# means by mean(trim =) and the variance of rows moved to their own order statistics (Yuen 1974,
# as WRS2::yuen does it). Behrens–Fisher by integrate() over the density of one t.

suppressMessages({library(sandwich); library(survey); library(msm)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20)
n1 <- 70; n0 <- 45
rows <- data.frame(arm = rep(c("called", "ignored"), c(n1, n0)))
n <- nrow(rows); called <- rows$arm == "called"
rows$before <- round(rgamma(n, 2, scale = 30), 2)
rows$visits <- rpois(n, 2) + 1
rows$age <- round(rnorm(n, 45, 12))
rows$spend <- round(rbinom(n, 1, .8) *
  (5 + (.6 + .5 * called) * rows$before + 4 * rows$visits + rgamma(n, 1, scale = 20 + 15 * called)), 2)
write.csv(rows, file.path(here, "amounts_rows.csv"), row.names = FALSE)
a <- rows[called, ]; b <- rows[!called, ]
out <- list()
put <- function(name, ...) {
  values <- unname(c(...)); length(values) <- 5
  out[[length(out) + 1]] <<- data.frame(name, t(unname(values)))
}

w <- t.test(a$spend, b$spend)
put("welch", diff(rev(w$estimate)), w$stderr, w$conf.int, w$p.value)

# Lin: both arms' regressions, predicted at the common mean of the covariates
f <- spend ~ before + age
at <- data.frame(before = mean(rows$before), age = mean(rows$age))
p1 <- predict(lm(f, a), at, se.fit = TRUE); p0 <- predict(lm(f, b), at, se.fit = TRUE)
put("lin_fixed", p1$fit - p0$fit, sqrt(p1$se.fit^2 + p0$se.fit^2))
centred <- transform(rows, before = before - mean(before), age = age - mean(age),
                     treated = as.numeric(called))
full <- lm(spend ~ treated * (before + age), centred)
put("lin_hc2", coef(full)["treated"], sqrt(vcovHC(full, "HC2")["treated", "treated"]))
put("lin_hc3", coef(full)["treated"], sqrt(vcovHC(full, "HC3")["treated", "treated"]))
# the sample's covariates are themselves a draw: a delta method over both regressions and the mean
slope <- coef(full)[c("treated:before", "treated:age")]
within <- cov(residuals(lm(cbind(before, age) ~ arm, rows))) * (n - 1) / (n - 2)
put("lin_mean_noise", sqrt(drop(t(slope) %*% within %*% slope) / n))
interactions <- anova(lm(spend ~ treated + before + age, centred), full)
put("slopes", interactions$`Pr(>F)`[2])

ancova <- lm(spend ~ treated + before + age, centred)
put("cuped_hc2", coef(ancova)["treated"], sqrt(vcovHC(ancova, "HC2")["treated", "treated"]))
put("cuped_hc3", coef(ancova)["treated"], sqrt(vcovHC(ancova, "HC3")["treated", "treated"]))

# Fieller: the ratios that Welch's test does not reject
excess <- function(r) t.test(a$spend, r * b$spend)$p.value - .05
r <- mean(a$spend) / mean(b$spend)
put("fieller", r, NA, uniroot(excess, c(r / 5, r), tol = 1e-12)$root,
    uniroot(excess, c(r, r * 5), tol = 1e-12)$root, w$p.value)
v <- diag(c(var(a$spend) / n1, var(b$spend) / n0))
se <- deltamethod(~ log(x1 / x2), c(mean(a$spend), mean(b$spend)), v)
put("log_ratio", r, se, exp(log(r) + c(-1, 1) * qnorm(.975) * se), 2 * pnorm(-abs(log(r)) / se))

# amount per visit
by_arm <- lapply(list(a, b), function(d) svyratio(~spend, ~visits, svydesign(~1, data = d, weights = ~1)))
put("per_visit", coef(by_arm[[1]]) - coef(by_arm[[2]]), sqrt(sum(sapply(by_arm, SE)^2)))

yuen <- function(x, y, tr) {
  one <- function(x) {
    g <- floor(tr * length(x)); h <- length(x) - 2 * g; s <- sort(x)
    moved <- pmin(pmax(x, s[g + 1]), s[length(x) - g])
    c(mean(x, trim = tr), (length(x) - 1) * var(moved) / (h * (h - 1)), h - 1)
  }
  p <- one(x); q <- one(y)
  se <- sqrt(p[2] + q[2]); df <- (p[2] + q[2])^2 / (p[2]^2 / p[3] + q[2]^2 / q[3])
  d <- p[1] - q[1]
  c(d, se, d + c(-1, 1) * qt(.975, df) * se, 2 * pt(-abs(d / se), df))
}
put("yuen", yuen(a$spend, b$spend, .2))

behrens <- function(x, y) {
  d <- mean(x) - mean(y); s <- c(sd(x), sd(y)) / sqrt(c(length(x), length(y)))
  above <- function(at) integrate(function(t) dt(t, length(y) - 1) *
    pt((d - at - s[2] * t) / s[1], length(x) - 1), -Inf, Inf, rel.tol = 1e-11)$value
  root <- function(q) uniroot(function(at) above(at) - q, d + c(-60, 60) * sum(s), tol = 1e-11)$root
  c(d, NA, root(.975), root(.025), above(0))
}
put("behrens_fisher", behrens(a$spend, b$spend))
put("behrens_fisher_few", behrens(a$spend[1:3], b$spend[1:5]))
put("skewness", mean((a$spend - mean(a$spend))^3) / mean((a$spend - mean(a$spend))^2)^1.5)

out <- do.call(rbind, out)
names(out) <- c("name", "estimate", "std_error", "lower", "upper", "p")
file <- file.path(here, "amounts.csv")
versions <- sapply(c("sandwich", "survey", "msm"), function(p) paste(p, packageVersion(p)))
cat("# ", R.version.string, "; ", paste(versions, collapse = ", "), "; tests/golden/amounts.R\n",
    sep = "", file = file)
out[-1] <- lapply(out[-1], signif, 12)
suppressWarnings(write.table(out, file, sep = ",", row.names = FALSE, na = "",
                             quote = FALSE, append = TRUE))
