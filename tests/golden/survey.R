# Golden numbers for weighted means and their standard errors, from R's `survey`; for response
# propensities and R-indicators, from R's `glm` row by row.
#
#   Rscript tests/golden/survey.R      writes survey_*.csv beside itself (a minute)
#
# survey_api.csv       the API data of the package, reduced to sums a cell
# survey_answers.csv   answers of a made-up network by store, channel, kind and score
# survey_accounts.csv  answers of business accounts, a row an account
# survey_invited.csv   invitations by channel, kind and journey, and how many were answered
# survey_expected.csv  what R makes of them; NPS as shares (-1 to 1); R and package versions

suppressPackageStartupMessages(library(survey))
set.seed(20250314)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(x, name) {
  write.csv(x, file.path(here, paste0("survey_", name, ".csv")), row.names = FALSE, quote = FALSE)
}
expected <- data.frame()
keep <- function(what, cell, estimate, std_error) {
  expected <<- rbind(expected, data.frame(
    what = what, cell = as.character(cell),
    estimate = format(as.numeric(estimate), digits = 15),
    std_error = format(as.numeric(std_error), digits = 15)
  ))
}
keep_mean <- function(what, design, formula = ~y) {
  m <- svymean(formula, design)
  keep(what, "all", coef(m), SE(m))
}
keep_by <- function(what, design, by) {
  b <- svyby(~y, by, design, svymean)
  keep(what, b[[1]], coef(b), SE(b))
}

# ---- the API data -------------------------------------------------------------------------
data(api)
cells <- function(d, name) {
  out <- aggregate(
    cbind(n = 1, first = api00, second = api00^2) ~ dnum + stype + sch.wide + pw + fpc,
    data = transform(d, n = 1), FUN = sum
  )
  data.frame(data = name, out)
}
save(rbind(cells(apistrat, "apistrat"), cells(apiclus1, "apiclus1")), "api")
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat, fpc = ~fpc)
clus <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc)
stype <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
keep_mean("api stratified", strat, ~api00)
keep_mean("api cluster", clus, ~api00)
keep_mean("api post-stratified cluster", postStratify(clus, ~stype, stype), ~api00)
tight <- list(maxit = 500, epsilon = 1e-12)
keep_mean("api raked cluster", rake(clus, list(~stype, ~sch.wide), list(stype, wide), tight), ~api00)

# ---- a network's answers ------------------------------------------------------------------
n <- 900
d <- data.frame(
  store = sample(sprintf("S%d", 1:6), n, TRUE, c(8, 6, 4, 3, 2, 1)),
  channel = sample(c("email", "sms", "app"), n, TRUE, c(6, 3, 1)),
  kind = sample(c("hot", "cold"), n, TRUE, c(3, 1))
)
location <- 1.1 - 0.5 * (d$kind == "cold") + 0.4 * (d$channel == "sms") -
  0.3 * (d$channel == "app") + 0.15 * (as.integer(substr(d$store, 2, 2)) - 3)
d$score <- pmin(10, pmax(0, round(7.2 + 1.4 * location + 2.4 * rlogis(n) / 1.8)))
d$y <- (d$score >= 9) - (d$score <= 6)
answers <- aggregate(n ~ store + channel + kind + score, transform(d, n = 1), sum)
save(answers, "answers")
pop <- data.frame(
  channel = rep(c("app", "email", "sms"), 2), kind = rep(c("cold", "hot"), each = 3),
  Freq = c(300, 2100, 400, 900, 3300, 3000)
)
plain <- svydesign(id = ~1, weights = rep(sum(pop$Freq) / n, n), data = d)
post <- postStratify(plain, ~channel + kind, pop)
keep_mean("post-stratified", post)
keep_by("post-stratified", post, ~store)
keep_by("post-stratified", post, ~channel)
small <- svydesign(id = ~1, fpc = rep(sum(pop$Freq), n), data = d)
keep_mean("post-stratified with fpc", postStratify(small, ~channel + kind, pop))
one <- aggregate(Freq ~ channel, pop, sum)
two <- aggregate(Freq ~ kind, pop, sum)
raked <- rake(plain, list(~channel, ~kind), list(one, two), control = tight)
keep_mean("raked", raked)
keep_by("raked", raked, ~store)
w <- tapply(weights(raked), paste(d$channel, d$kind), mean)
keep("raked weight", names(w), w / mean(weights(raked)), 0)
x <- model.matrix(~ channel + kind, pop)
calibrated <- calibrate(
  plain, ~ channel + kind, colSums(x * pop$Freq), calfun = "raking", epsilon = 1e-12, maxit = 500
)
keep_mean("calibrated", calibrated)
keep_by("calibrated", calibrated, ~store)
d <- merge(d, pop)
d$pw <- d$Freq / ave(rep(1, n), d$channel, d$kind, FUN = sum)
drawn <- svydesign(id = ~1, strata = ~ interaction(channel, kind), weights = ~pw, data = d)
keep_mean("stratified", drawn)
keep_by("stratified", drawn, ~store)
finite <- svydesign(id = ~1, strata = ~ interaction(channel, kind), fpc = ~Freq, data = d)
keep_mean("stratified with fpc", finite)

# ---- business accounts --------------------------------------------------------------------
accounts <- 60
size <- 1 + rpois(accounts, 2.5)
revenue <- round(exp(rnorm(accounts, 10, 1.1)))
mood <- rnorm(accounts, 0.2 * log(revenue / 2e4), 1)
b <- data.frame(account = rep(seq_len(accounts), size))
b$revenue <- revenue[b$account]
b$score <- pmin(10, pmax(0, round(8 + 1.2 * mood[b$account] + rnorm(nrow(b), 0, 1.6))))
b$y <- (b$score >= 9) - (b$score <= 6)
b$n <- ave(rep(1, nrow(b)), b$account, FUN = sum)
table <- aggregate(
  cbind(n = 1, detractors = y < 0, promoters = y > 0) ~ account + revenue, transform(b, n = 1), sum
)
save(table, "accounts")
keep_mean("accounts by each answer", svydesign(id = ~account, weights = ~1, data = b))
keep_mean("accounts by each account", svydesign(id = ~account, weights = 1 / b$n, data = b))
keep_mean("accounts by revenue", svydesign(id = ~account, weights = b$revenue / b$n, data = b))

# ---- who answered -------------------------------------------------------------------------
m <- 4000
v <- data.frame(
  channel = sample(c("email", "sms", "app"), m, TRUE, c(6, 3, 1)),
  kind = sample(c("hot", "cold"), m, TRUE, c(3, 1)),
  journey = sample(c("till", "web", "return"), m, TRUE, c(5, 3, 2))
)
odds <- -1.2 + 0.5 * (v$channel == "sms") - 0.6 * (v$kind == "cold") + 0.3 * (v$journey == "web")
v$answered <- as.integer(runif(m) < plogis(odds))
save(aggregate(cbind(invited = 1, answered) ~ channel + kind + journey, transform(v, invited = 1), sum), "invited")
fit <- glm(answered ~ channel + kind + journey, binomial, v, control = list(epsilon = 1e-14))
keep("log-odds", names(coef(fit)), coef(fit), sqrt(diag(vcov(fit))))
spread <- function(rho) mean((rho - mean(rho))^2)
indicator <- function(fit, centre) {
  rho <- fitted(fit)
  z <- rho * (1 - rho) * model.matrix(fit)
  r <- centre(rho)
  e <- apply(z, 2, centre)
  cov <- vcov(fit)
  s2 <- mean(r^2)
  bias <- mean(rowSums((e %*% cov) * e))
  a <- colMeans(r * e)
  b <- crossprod(e) / length(r)
  v2 <- 4 * drop(t(a) %*% cov %*% a) + 2 * sum(diag(b %*% cov %*% b %*% cov))
  c(s2 = s2, bias = bias, se = sqrt(v2))
}
all <- indicator(fit, function(x) x - mean(x))
keep("squared spread of propensities", "all", all["s2"], all["se"])
keep("bias of the squared spread", "all", all["bias"], 0)
s2 <- max(all["s2"] - all["bias"], 0)
keep("R-indicator", "all", 1 - 2 * sqrt(s2), all["se"] / sqrt(s2))
for (name in c("channel", "kind", "journey")) {
  between <- indicator(fit, function(x) ave(x, v[[name]]) - mean(x))
  keep("unconditional partial squared", name, between["s2"], between["se"])
  others <- interaction(v[setdiff(c("channel", "kind", "journey"), name)])
  within <- indicator(fit, function(x) x - ave(x, others))
  keep("conditional partial squared", name, within["s2"], within["se"])
}
# the same standard error by parametric bootstrap
x <- model.matrix(fit)
again <- replicate(600, {
  y <- as.integer(runif(m) < fitted(fit))
  spread(plogis(drop(x %*% glm.fit(x, y, family = binomial())$coefficients)))
})
keep("bootstrap of the squared spread", "all", mean(again), sd(again))

keep(paste(R.version.string, "survey", packageVersion("survey")), "version", 0, 0)
save(expected, "expected")
