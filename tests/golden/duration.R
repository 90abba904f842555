# Golden numbers for times to an event, from R's survival and km.ci.
#
#   Rscript tests/golden/duration.R     writes duration_rows.csv and duration.csv beside itself
#
# Four sets of units: the lung and veteran trials that come with survival, whole days with many
# ties (as purchases by day are), and the same with stores given to one arm each. Every number is
# what a function of a package returns, or a root of its log-likelihood.

suppressMessages({library(survival); library(km.ci)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
options(digits = 15)

set.seed(20)
ties <- local({
  n <- 900
  arm <- rbinom(n, 1, 0.4)
  cluster <- sample(25, n, TRUE)
  stratum <- sample(3, n, TRUE)
  rate <- exp(-3.4 + 0.5 * arm + 0.2 * stratum + rnorm(25, 0, 0.4)[cluster])
  day <- pmax(ceiling(rexp(n, rate)), 1)
  seen <- sample(20:80, n, TRUE)
  data.frame(time = pmin(day, seen), event = as.integer(day <= seen), arm, cluster, stratum)
})
stores <- local({
  n <- 800
  cluster <- sample(24, n, TRUE)
  arm <- as.integer(cluster > 11)
  rate <- exp(-3.2 + 0.6 * arm + rnorm(24, 0, 0.5)[cluster])
  day <- floor(rexp(n, rate)) # day 0 occurs
  seen <- sample(30:70, n, TRUE)
  data.frame(time = pmin(day, seen), event = as.integer(day <= seen), arm, cluster, stratum = 1)
})
whole <- subset(lung, !is.na(inst) & !is.na(ph.ecog) & ph.ecog < 3)
sets <- list(
  lung = with(whole, data.frame(
    time, event = status - 1, arm = sex - 1, cluster = inst, stratum = ph.ecog)),
  veteran = with(veteran, data.frame(
    time, event = status, arm = trt - 1, cluster = as.integer(celltype),
    stratum = as.integer(celltype))),
  ties = ties,
  stores = stores
)
windows <- c(lung = 700, veteran = 400, ties = 60, stores = 45)
breaks <- list(lung = c(100, 300), veteran = c(50, 150), ties = c(7, 30), stores = c(7, 30))

rows <- do.call(rbind, lapply(names(sets), function(name) cbind(set = name, sets[[name]])))
out <- list()
note <- function(set, what, value) out[[length(out) + 1]] <<- data.frame(set, what, value)

for (name in names(sets)) {
  tau <- windows[[name]]
  d <- sets[[name]]
  d$event <- d$event * (d$time <= tau)
  d$time <- pmin(d$time, tau)
  put <- function(what, value) note(name, what, as.numeric(value))

  # curves, restricted means
  for (k in 0:1) {
    one <- survfit(Surv(time, event) ~ 1, d[d$arm == k, ], conf.type = "log-log")
    at <- summary(one, times = floor(tau * c(0.1, 0.4, 1)))
    for (part in c("surv", "std.err", "lower", "upper")) {
      put(paste0(part, "_", at$time, "_arm", k), at[[part]])
    }
    mean <- summary(one, rmean = tau)$table
    put(paste0("rmean_arm", k), mean["rmean"])
    put(paste0("rmean_se_arm", k), mean["se(rmean)"])
    band <- try(suppressWarnings(km.ci(one, conf.level = 0.95, method = "logep")), silent = TRUE)
    if (!inherits(band, "try-error")) {
      i <- which(band$time == one$time[one$n.event > 0][15])
      put(paste0("band_", band$time[i], "_lower_arm", k), band$lower[i])
      put(paste0("band_", band$time[i], "_upper_arm", k), band$upper[i])
    }
    # by cluster: infinitesimal jackknife, as survfit has it
    grouped <- survfit(Surv(time, event) ~ 1, d[d$arm == k, ], cluster = cluster)
    put(paste0("surv_robust_arm", k), summary(grouped, times = tau)$std.err)
    auc <- residuals(one, times = tau, type = "auc")
    put(paste0("rmean_robust_arm", k), sqrt(sum(rowsum(auc, d$cluster[d$arm == k])^2)))
  }

  # log-rank
  for (rho in c(0, 1)) {
    test <- survdiff(Surv(time, event) ~ arm, d, rho = rho)
    put(paste0("logrank_rho", rho), test$chisq)
    put(paste0("beyond_rho", rho), (test$obs - test$exp)[2])
  }
  if (length(unique(d$stratum)) > 1) {
    test <- survdiff(Surv(time, event) ~ arm + strata(stratum), d)
    put("logrank_strata", test$chisq)
    put("beyond_strata", sum((test$obs - test$exp)[2, ]))
  }
  # robust score test at a ratio of 1; Breslow's score is the log-rank statistic
  breslow <- coxph(Surv(time, event) ~ arm, d, ties = "breslow", cluster = cluster)
  put("logrank_robust", breslow$rscore)

  # Cox
  models <- list(plain = Surv(time, event) ~ arm)
  if (length(unique(d$stratum)) > 1) {
    models$strata <- Surv(time, event) ~ arm + strata(stratum)
  }
  for (kind in names(models)) {
    fit <- coxph(models[[kind]], d, ties = "efron")
    put(paste0("cox_", kind), coef(fit))
    put(paste0("cox_se_", kind), sqrt(vcov(fit)))
    put(paste0("cox_lr_", kind), summary(fit)$logtest["test"])
    robust <- coxph(models[[kind]], d, ties = "efron", cluster = cluster)
    put(paste0("cox_robust_", kind), sqrt(vcov(robust)))
    lost <- function(b) {
      fixed <- coxph(update(models[[kind]], . ~ . - arm + offset(b * arm)), cbind(d, b = b))
      2 * (fit$loglik[2] - tail(fixed$loglik, 1)) - qchisq(0.95, 1)
    }
    wide <- 6 * sqrt(vcov(fit)[1])
    put(paste0("cox_lower_", kind), uniroot(lost, c(coef(fit) - wide, coef(fit)), tol = 1e-10)$root)
    put(paste0("cox_upper_", kind), uniroot(lost, c(coef(fit), coef(fit) + wide), tol = 1e-10)$root)
    for (scale in c("km", "identity", "log")) {
      if (scale == "log" && any(d$time == 0)) next
      put(paste0("zph_", scale, "_", kind), cox.zph(fit, transform = scale)$table["arm", "chisq"])
    }
  }

  # stretches of days
  cuts <- breaks[[name]]
  long <- survSplit(Surv(ifelse(time == 0, 0.5, time), event) ~ ., d, cut = cuts,
                    episode = "stretch", start = "from", end = "to")
  for (k in seq_len(length(cuts) + 1)) {
    part <- coxph(Surv(from, to, event) ~ arm, long[long$stretch == k, ], ties = "efron",
                  cluster = cluster)
    put(paste0("stretch_", k), coef(part))
    put(paste0("stretch_se_", k), sqrt(part$naive.var))
    put(paste0("stretch_robust_", k), sqrt(vcov(part)))
  }
}

save <- function(frame, file) {
  path <- file.path(here, file)
  writeLines(paste0("# duration.R; ", R.version.string, "; survival ", packageVersion("survival"),
                    ", km.ci ", packageVersion("km.ci")), path)
  suppressWarnings(write.table(format(frame, digits = 15, trim = TRUE), path, append = TRUE,
                               sep = ",", quote = FALSE, row.names = FALSE))
}
save(rows, "duration_rows.csv")
save(do.call(rbind, out), "duration.csv")
