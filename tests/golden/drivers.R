# Golden numbers for the drivers of the score, from MASS, sandwich and plain `lm`.
#
#   Rscript tests/golden/drivers.R      writes drivers_*.csv beside itself
#
# drivers_answers.csv     made-up answers of 24 stores: score, three ratings, journey, minutes waited
# drivers_ordinal.csv     `polr` of the eleven scores and of the three categories: coefficients with
#                         errors clustered by store (vcovCL, G/(G-1)), and average marginal effects on
#                         NPS in points, by a central difference of predicted shares
# drivers_lmg.csv         LMG of each driver for NPS points: R² of all subsets by `lm`, averaged over
#                         all orders (the formula of relaimpo::calc.relimp type "lmg")
# drivers_lm.csv          `lm` of the score: classical, HC3 and clustered (HC1) errors

suppressPackageStartupMessages({
  library(MASS)
  library(sandwich)
})
set.seed(20261127)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_golden <- function(table, name) {
  file <- file.path(here, name)
  packages <- paste0("MASS ", packageVersion("MASS"), ", sandwich ", packageVersion("sandwich"))
  writeLines(paste0("# ", R.version.string, ", ", packages, ", tests/golden/drivers.R"), file)
  table[] <- lapply(table, function(x) if (is.double(x)) signif(x, 12) else x)
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}

n <- 1500
stores <- 24
store <- sample(stores, n, TRUE, prob = rgamma(stores, 3))
place <- rnorm(stores, 0, 0.4)[store]
mood <- rnorm(n)
rate <- function(weight) {
  latent <- place + weight * mood + rnorm(n)
  findInterval(latent, c(-1.7, -1.0, -0.2, 0.9)) + 1
}
answers <- data.frame(
  store_id = sprintf("S%02d", store),
  welcome = rate(0.7), products = rate(0.5), checkout = rate(0.3),
  journey = sample(c("grocery", "delivery", "restaurant"), n, TRUE, c(0.6, 0.25, 0.15)),
  wait = round(rgamma(n, 2, 0.25)) + 1
)
latent <- with(answers, 0.8 * welcome + 0.5 * products + 0.3 * checkout - 0.4 * (journey == "delivery") -
  0.3 * log(wait)) + 0.8 * place + rlogis(n)
answers$score <- findInterval(latent, quantile(latent, c(0.02, 0.04, 0.06, 0.09, 0.12, 0.18, 0.25, 0.40, 0.62, 0.78)))
answers <- answers[order(answers$store_id), ]
write_golden(answers, "drivers_answers.csv")

answers$journey <- relevel(factor(answers$journey), "grocery")
answers$all <- factor(answers$score, ordered = TRUE)
answers$three <- cut(answers$score, c(-1, 6, 8, 10), labels = c("d", "p", "P"), ordered_result = TRUE)
ordinal <- data.frame()
for (outcome in c("score", "nps")) {
  answers$y <- if (outcome == "score") answers$all else answers$three
  fit <- polr(y ~ welcome + products + checkout + journey, answers, Hess = TRUE,
              control = list(reltol = 1e-15, maxit = 1000))
  errors <- sqrt(diag(vcovCL(fit, cluster = answers$store_id, type = "HC0", cadjust = TRUE)))
  net <- function(b, data) {
    eta <- drop(model.matrix(~ welcome + products + checkout + journey, data)[, -1] %*% b)
    zeta <- fit$zeta
    cuts <- if (outcome == "score") zeta[c("6|7", "8|9")] else zeta
    100 * (1 - plogis(cuts[2] - eta) - plogis(cuts[1] - eta))
  }
  b <- coef(fit)
  for (term in names(b)) {
    if (grepl("^journey", term)) {
      high <- low <- answers
      high$journey[] <- sub("journey", "", term)
      low$journey[] <- "grocery"
      effect <- mean(net(b, high) - net(b, low))
    } else {
      high <- low <- answers
      high[[term]] <- high[[term]] + 1e-4
      low[[term]] <- low[[term]] - 1e-4
      effect <- mean(net(b, high) - net(b, low)) / 2e-4
    }
    ordinal <- rbind(ordinal, data.frame(
      outcome = outcome, term = sub("journey", "journey=", term), slope = b[[term]],
      slope_error = errors[[term]], points = effect))
  }
}
write_golden(ordinal, "drivers_ordinal.csv")

answers$points <- 100 * (answers$score >= 9) - 100 * (answers$score <= 6)
drivers <- c("welcome", "products", "checkout", "journey")
r2 <- function(set) if (length(set)) summary(lm(reformulate(set, "points"), answers))$r.squared else 0
permutations <- function(x) {
  if (length(x) == 1) return(list(x))
  do.call(c, lapply(seq_along(x), function(i) lapply(permutations(x[-i]), function(p) c(x[i], p))))
}
lmg <- setNames(numeric(4), drivers)
orders <- permutations(drivers)
for (order in orders) {
  for (i in seq_along(order)) {
    lmg[order[i]] <- lmg[order[i]] + r2(order[seq_len(i)]) - r2(order[seq_len(i - 1)])
  }
}
lmg <- lmg / length(orders)
write_golden(data.frame(driver = names(lmg), lmg = unname(lmg), alone = sapply(drivers, r2),
                        last = sapply(drivers, function(d) r2(drivers) - r2(setdiff(drivers, d)))),
             "drivers_lmg.csv")

fit <- lm(score ~ log(wait) + welcome + journey, transform(answers, journey = relevel(journey, "delivery")))
whole <- summary(fit)
write_golden(data.frame(
  term = sub("journey(.*)", "journey[T.\\1]", sub("\\(Intercept\\)", "Intercept", names(coef(fit)))),
  estimate = unname(coef(fit)), classical = unname(whole$coefficients[, 2]),
  HC3 = unname(sqrt(diag(vcovHC(fit, type = "HC3")))),
  cluster = unname(sqrt(diag(vcovCL(fit, cluster = answers$store_id, type = "HC1")))),
  r_squared = whole$r.squared, adjusted = whole$adj.r.squared, f = unname(whole$fstatistic[1]),
  residual_sd = whole$sigma), "drivers_lm.csv")
