# Golden numbers for curves of the delay, from R's `glm` with the natural splines of `splines`.
#
#   Rscript tests/golden/delay.R      writes delay_*.csv beside itself
#
# delay_cells.csv    invitations of a made-up network by journey, channel and delay, with answers
# delay_curves.csv   standardized response, NPS (of all sent, of those who answer) and margin; NPS
#                    points a doubling; p-values
#
# The curves are predicted with `predict`, row by row of the mix of all sent; the slope a doubling
# is a central difference of predictions, not a formula.

suppressPackageStartupMessages(library(splines))
set.seed(20260311)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_golden <- function(table, name) {
  file <- file.path(here, name)
  writeLines(paste0("# ", R.version.string, ", tests/golden/delay.R"), file)
  table[] <- lapply(table, function(x) if (is.numeric(x)) signif(x, 12) else x)
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}

delays <- c(0.5, 1, 2, 4, 8, 16, 24, 48, 72, 120, 168, 240)
cells <- expand.grid(delay_hours = delays, journey = c("delivery", "grocery"), channel = c("email", "sms"),
                     stringsAsFactors = FALSE)
cells$invited <- rpois(nrow(cells), ifelse(cells$channel == "sms", 120, 260))
t <- log(cells$delay_hours)
rate <- plogis(-1.1 + 0.3 * (cells$channel == "sms") - 0.05 * (t - ifelse(cells$journey == "grocery", 1, 3.2))^2)
cells$answered <- rbinom(nrow(cells), cells$invited, rate)
down <- plogis(-1.2 + 0.06 * t + 0.1 * sin(t) - 0.2 * (cells$channel == "sms"))
up <- plogis(0.3 - 0.07 * t + 0.2 * (cells$journey == "delivery"))
cells$detractors <- rbinom(nrow(cells), cells$answered, down)
cells$promoters <- rbinom(nrow(cells), cells$answered - cells$detractors, up)
cells$passives <- cells$answered - cells$detractors - cells$promoters
write_golden(cells, "delay_cells.csv")

cells$u <- log(cells$delay_hours)
cells$d <- log2(cells$delay_hours)
cells$step <- factor(cells$delay_hours)
fits <- function(of) {
  one <- function(yes, no) glm(as.formula(paste("cbind(yes, no) ~", of)), binomial,
    cbind(cells, yes = yes, no = no), control = glm.control(epsilon = 1e-14, maxit = 100))
  list(response = one(cells$answered, cells$invited - cells$answered),
       detractors = one(cells$detractors, cells$answered - cells$detractors),
       promoters = one(cells$promoters, cells$passives))
}
k <- quantile(unique(cells$u), (1:3) / 4)
ends <- range(cells$u)
curve <- fits("journey * ns(u, knots = k, Boundary.knots = ends) + channel")
line <- fits("journey * d + channel")
steps <- fits("journey * step + channel")

mix <- aggregate(invited ~ journey + channel, cells, sum)
at <- function(models, where) lapply(models, predict, newdata = where, type = "response")
keep <- data.frame()
put <- function(group, delay, quantity, value) {
  keep <<- rbind(keep, data.frame(group = group, delay_hours = delay, quantity = quantity, estimate = unname(value)))
}
for (group in c("delivery", "grocery", "all")) {
  own <- if (group == "all") mix else mix[mix$journey == group, ]
  w <- own$invited / sum(own$invited)
  for (delay in c(0.5, 3, 24, 100, 240)) {
    p <- at(curve, transform(own, u = log(delay)))
    pro <- (1 - p$detractors) * p$promoters
    put(group, delay, "response", sum(w * p$response))
    put(group, delay, "nps", 100 * sum(w * (pro - p$detractors)))
    a <- w * p$response / sum(w * p$response)
    net <- sum(a * (pro - p$detractors))
    put(group, delay, "nps_answered", 100 * net)
    spread <- sum(a * (pro + p$detractors)) - net^2
    put(group, delay, "margin_1000", qnorm(0.975) * 100 * sqrt(spread / (1000 * sum(w * p$response))))
  }
  own <- if (group == "all") cells else cells[cells$journey == group, ]
  nps <- function(shift) {
    p <- at(line, transform(own, d = d + shift))
    100 * ((1 - p$detractors) * p$promoters - p$detractors)
  }
  h <- 1e-4
  put(group, NA, "drift", weighted.mean((nps(h) - nps(-h)) / (2 * h), own$invited))
}
for (name in names(curve)) {
  put("all", NA, paste("lack", name), anova(curve[[name]], steps[[name]], test = "LRT")[2, "Pr(>Chi)"])
  put("all", NA, paste("line", name), anova(line[[name]], curve[[name]], test = "LRT")[2, "Pr(>Chi)"])
}
write_golden(keep, "delay_curves.csv")
