# Golden numbers for fatigue by past solicitations, from R's `glm`; and for what a quarantine leaves
# unsent, from histories that are followed solicitation by solicitation.
#
#   Rscript tests/golden/fatigue.R      writes fatigue_*.csv beside itself (some seconds)
#
# fatigue_cells.csv     invitations of a made-up network by past solicitations, days and channel
# fatigue_expected.csv  standardized means and changes, Akaike's criteria
# fatigue_kept.csv      a million histories of seven solicitations with gaps of 5 to 69 days under
#                       a rule of 45 days: share sent, how many were sent before, exp(-days/30)

set.seed(20260312)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_golden <- function(table, name) {
  file <- file.path(here, name)
  writeLines(paste0("# ", R.version.string, ", tests/golden/fatigue.R"), file)
  table[] <- lapply(table, function(x) if (is.numeric(x)) signif(x, 12) else x)
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}

cells <- rbind(
  expand.grid(past = 0, since = NA, channel = c("email", "sms"), stringsAsFactors = FALSE),
  expand.grid(past = 1:8, since = c(5, 20, 45, 100, 200), channel = c("email", "sms"), stringsAsFactors = FALSE)
)
cells$invited <- rpois(nrow(cells), ifelse(cells$past == 0, 3000, 900 / cells$past))
fade <- function(since, tau) ifelse(is.na(since), 0, exp(-since / tau))
sms <- cells$channel == "sms"
cells$answered <- rbinom(nrow(cells), cells$invited,
  plogis(-0.9 - 0.12 * pmin(cells$past, 6) - 0.8 * fade(cells$since, 30) + 0.3 * sms))
cells$detractors <- rbinom(nrow(cells), cells$answered, plogis(-1.2 + 0.05 * cells$past - 0.2 * sms))
cells$promoters <- rbinom(nrow(cells), cells$answered - cells$detractors, plogis(0.2 - 0.06 * cells$past))
cells$passives <- cells$answered - cells$detractors - cells$promoters
write_golden(cells, "fatigue_cells.csv")

fits <- function(data, of) {
  one <- function(yes, no) glm(as.formula(paste("cbind(yes, no) ~", of)), binomial,
    cbind(data, yes = yes, no = no), control = glm.control(epsilon = 1e-14, maxit = 100))
  list(one(data$answered, data$invited - data$answered),
       one(data$detractors, data$answered - data$detractors),
       one(data$promoters, data$passives))
}
cells$capped <- pmin(cells$past, 6)
keep <- data.frame()
put <- function(what, value, quantity, estimate) {
  keep <<- rbind(keep, data.frame(what = what, value = value, quantity = quantity, estimate = unname(estimate)))
}
# Akaike's criteria differ by constants of binomial coefficients, the same for all: kept against tau 15
criteria <- sapply(c(15, 30, 60, 90), function(tau) {
  cells$faded <- fade(cells$since, tau)
  sum(sapply(fits(cells, "capped + faded + channel"), AIC))
})
bins <- cut(ifelse(is.na(cells$since), Inf, cells$since), c(0, 30, 60, 90, 180, Inf), right = FALSE)
bins[is.na(bins)] <- levels(bins)[5]
cells$bins <- droplevels(relevel(bins, levels(bins)[5]))
criteria <- c(criteria, sum(sapply(fits(cells, "capped + bins + channel"), AIC)))
for (i in 2:5) put("akaike", c(15, 30, 60, 90, 0)[i], "against 15", criteria[i] - criteria[1])

tau <- c(15, 30, 60, 90)[which.min(criteria[1:4])]
put("tau", tau, "", NA)
cells$faded <- fade(cells$since, tau)
model <- fits(cells, "capped + faded + channel")
means <- function(where, weight) {
  p <- lapply(model, predict, newdata = where, type = "response")
  c(weighted.mean(p[[1]], weight), 100 * weighted.mean((1 - p[[2]]) * p[[3]] - p[[2]], weight))
}
put_means <- function(what, value, pair, by = 1) {
  put(what, value, "response", by * pair[1])
  put(what, value, "nps", pair[2])
}
for (k in 0:6) put_means("past", k, means(transform(cells, capped = k, faded = 0), cells$invited))
asked <- cells[cells$past > 0, ]
for (d in c(7, 30, 180)) put_means("since", d, means(transform(asked, faded = exp(-d / tau)), asked$invited))
below <- cells[cells$past < 6, ]
more <- means(transform(below, capped = capped + 1), below$invited) - means(below, below$invited)
put_means("more", NA, more, 100)
lately <- means(transform(asked, faded = exp(-30 / tau)), asked$invited) - means(transform(asked, faded = 0), asked$invited)
put_means("lately", NA, lately, 100)
write_golden(keep, "fatigue_expected.csv")

n <- 1e6
rule <- 45
day <- last <- numeric(n)
count <- rep(1, n)
kept <- data.frame()
for (j in 1:6) {
  gap <- sample(5:69, n, replace = TRUE)
  day <- day + gap
  since <- day - last
  go <- since >= rule
  for (span in list(5:14, 15:29, 30:44, 45:69)) {
    here_now <- gap %in% span
    kept <- rbind(kept, data.frame(past = j, from = min(span), to = max(span), n = sum(here_now),
      sent = mean(go[here_now]), before = mean(count[here_now & go]),
      faded = mean(exp(-since[here_now & go] / 30))))
  }
  last[go] <- day[go]
  count <- count + go
}
kept[is.na(kept)] <- NaN
write_golden(kept, "fatigue_kept.csv")
