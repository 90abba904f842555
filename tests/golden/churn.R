# Golden numbers for the hazard of leaving, Kaplan–Meier and Cox. Run in tests/golden/:
#   Rscript churn.R
# churn_rossi.csv: 432 convicts, a year after release (Rossi, Berk & Lenihan 1980), as shipped with
# lifelines 0.30.3 (MIT licence).
library(survival)
library(sandwich)
options(digits = 12)

# grouped person-periods in 12 clusters: counts, not rows
set.seed(20261127)
cells <- expand.grid(
  period = sprintf("2025-%02d", 1:6), category = c("detractor", "passive", "promoter"),
  store_id = sprintf("S%02d", 1:12), stringsAsFactors = FALSE
)
cells$at_risk <- 20 + rpois(nrow(cells), 60)
frailty <- rnorm(12, 0, 0.4)[as.integer(factor(cells$store_id))]
eta <- -3 + 0.7 * (cells$category == "detractor") + 0.3 * (cells$category == "passive") +
  0.1 * as.integer(factor(cells$period)) + frailty
cells$events <- rbinom(nrow(cells), cells$at_risk, 1 - exp(-exp(eta)))
write.csv(cells, "churn_cells.csv", row.names = FALSE)

rows <- list()
cells$category <- relevel(factor(cells$category), "promoter")
for (link in c("cloglog", "logit")) {
  fit <- glm(cbind(events, at_risk - events) ~ period + category,
    family = binomial(link), data = cells, epsilon = 1e-14, maxit = 100
  )
  robust <- vcovCL(fit, cluster = cells$store_id, type = "HC0", cadjust = TRUE)
  rows[[link]] <- data.frame(
    link = link, name = names(coef(fit)), estimate = coef(fit),
    model = sqrt(diag(vcov(fit))), cluster = sqrt(diag(robust))
  )
}
write.csv(do.call(rbind, rows), "churn_hazard.csv", row.names = FALSE)

rossi <- read.csv("churn_rossi.csv")
covariates <- c("fin", "age", "race", "wexp", "mar", "paro", "prio")
formula <- as.formula(paste("Surv(week, arrest) ~", paste(covariates, collapse = " + ")))
rows <- list()
for (ties in c("efron", "breslow")) {
  fit <- coxph(formula, data = rossi, ties = ties)
  rows[[ties]] <- data.frame(
    ties = ties, term = names(coef(fit)), estimate = coef(fit), std_error = sqrt(diag(vcov(fit)))
  )
}
write.csv(do.call(rbind, rows), "churn_cox.csv", row.names = FALSE)

# the approximate test of Grambsch & Therneau (1994), as cox.zph had it before survival 3
fit <- coxph(formula, data = rossi)
s <- residuals(fit, "schoenfeld")
g <- rank(as.numeric(rownames(s)))
g <- g - mean(g)
moved <- drop(g %*% (s %*% vcov(fit))) * nrow(s)
chi <- moved^2 / (nrow(s) * diag(vcov(fit)) * sum(g^2))
write.csv(
  data.frame(term = names(coef(fit)), p = pchisq(chi, 1, lower.tail = FALSE)),
  "churn_proportional.csv",
  row.names = FALSE
)

km <- summary(survfit(Surv(week, arrest) ~ fin, data = rossi, conf.type = "log-log"))
write.csv(
  data.frame(
    curve = sub("fin=", "", km$strata), time = km$time, estimate = km$surv,
    std_error = km$std.err, lower = km$lower, upper = km$upper
  ), "churn_km.csv",
  row.names = FALSE
)

# delayed entry: who enters at t is at risk after t; and errors over 24 clusters (t is ours)
set.seed(7)
n <- 300
late <- data.frame(entry = sample(0:5, n, TRUE), x = rnorm(n), shop = rep(1:24, length.out = n))
late$t <- late$entry + 1 + floor(rexp(n, 0.15 * exp(0.3 * late$x)))
late$left <- as.integer(late$t <= 12)
late$t <- pmin(late$t, 12)
write.csv(late, "churn_late.csv", row.names = FALSE)
fit <- coxph(Surv(entry, t, left) ~ x, data = late, ties = "efron")
robust <- coxph(Surv(t, left) ~ x + cluster(shop), data = late, ties = "breslow")
write.csv(
  data.frame(
    what = c("entry", "cluster"), estimate = c(coef(fit), coef(robust)),
    std_error = sqrt(c(vcov(fit), vcov(robust)))
  ), "churn_late_cox.csv",
  row.names = FALSE
)
