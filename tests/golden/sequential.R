# Golden numbers for looking early, from R alone.
#
#   Rscript tests/golden/sequential.R      writes sequential.csv and sequential_crossing.csv
#
# Bounds, futility bounds and drifts from rpact (Lan-DeMets alpha spending); crossing probabilities
# under a drift from multivariate normal probabilities (mvtnorm, Miwa's algorithm), which know
# nothing of a recursion.

suppressMessages({library(rpact); library(mvtnorm)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

write <- function(table, name) {
  path <- file.path(here, name)
  writeLines(sprintf("# %s, rpact %s, mvtnorm %s; tests/golden/sequential.R", R.version.string,
                     packageVersion("rpact"), packageVersion("mvtnorm")), path)
  suppressWarnings(write.table(format(table, digits = 10, trim = TRUE), path, append = TRUE,
                               sep = ",", row.names = FALSE, quote = FALSE))
}

looks <- list(equal = (1:5) / 5, two = c(.5, 1), early = c(.05, .3, .35, .9, 1),
              late = c(.6, .7, .8, 1), single = 1, twenty = (1:20) / 20)
kinds <- list(list("obrien_fleming", "asOF", "bsOF", 0), list("pocock", "asP", "bsP", 0),
              list("power", "asKD", "bsKD", 1), list("power", "asKD", "bsKD", 3),
              list("hwang_shih_decani", "asHSD", "bsHSD", -4),
              list("hwang_shih_decani", "asHSD", "bsHSD", 1.5))

rows <- list()
for (name in names(looks)) for (kind in kinds) for (sides in 1:2) {
  t <- looks[[name]]
  alpha <- if (sides == 1) .025 else .05
  beta <- .2
  futile <- sides == 1 && length(t) > 1
  args <- list(kMax = length(t), alpha = alpha, beta = beta, sided = sides,
               typeOfDesign = kind[[2]], tolerance = 1e-10)
  if (length(t) > 1) args$informationRates <- t
  if (kind[[4]] != 0) args$gammaA <- kind[[4]]
  plain <- do.call(getDesignGroupSequential, args)
  low <- rep(NA, length(t))
  futile_drift <- NA
  if (futile) {
    args$typeBetaSpending <- kind[[3]]
    if (kind[[4]] != 0) args$gammaB <- kind[[4]]
    args$bindingFutility <- FALSE
    given_up <- do.call(getDesignGroupSequential, args)
    low <- c(given_up$futilityBounds, NA)
    futile_drift <- sqrt(getDesignCharacteristics(given_up)$shift)
  }
  rows[[length(rows) + 1]] <- data.frame(
    looks = name, spending = kind[[1]], shape = kind[[4]], sides = sides, alpha = alpha,
    fraction = t, bound = plain$criticalValues,
    drift = sqrt(getDesignCharacteristics(plain)$shift), futility = low,
    futility_drift = futile_drift)
}
write(do.call(rbind, rows), "sequential.csv")

# crossing each look first: inside all the earlier bounds, beyond this one
stops <- function(upper, lower, t, drift) {
  covariance <- outer(t, t, function(a, b) sqrt(pmin(a, b) / pmax(a, b)))
  beyond <- function(k, from, to) {
    low <- c(lower[seq_len(k - 1)], from)
    high <- c(upper[seq_len(k - 1)], to)
    if (k == 1) return(diff(pnorm(c(low, high) - drift * sqrt(t[1]))))
    pmvnorm(low, high, mean = drift * sqrt(t[1:k]), corr = covariance[1:k, 1:k],
            algorithm = Miwa(steps = 512))[1]
  }
  k <- seq_along(t)
  # an end that Miwa takes as infinite is 30 standard deviations away
  data.frame(fraction = t, upper_bound = upper, lower_bound = lower, drift = drift,
             upper = sapply(k, function(i) beyond(i, upper[i], 30)),
             lower = sapply(k, function(i) beyond(i, -30, lower[i])))
}
cases <- list(
  list(c(2.4, 2.2, 2.1, 2.0), c(-2.4, -2.2, -2.1, -2.0), c(.2, .5, .6, 1), 0),
  list(c(2.4, 2.2, 2.1, 2.0), c(-2.4, -2.2, -2.1, -2.0), c(.2, .5, .6, 1), 2.5),
  list(c(3.3, 2.7, 2.2, 2.0), c(-1, .2, .9, 2.0), c(.1, .4, .8, 1.1), 3),
  list(c(2, 2, 2, 2), c(-2.5, -1.5, -1, -.5), c(.25, .5, .75, 1), -1.2))
crossed <- do.call(rbind, lapply(seq_along(cases), function(i) {
  case <- cases[[i]]
  cbind(case = i, stops(case[[1]], case[[2]], case[[3]], case[[4]]))
}))
write(crossed, "sequential_crossing.csv")

# what is said at the stop, stage-wise ordering: in units of the standard error at the stop
ended <- function(kind, means) {
  design <- getDesignGroupSequential(kMax = 4, alpha = .025, sided = 1, typeOfDesign = kind,
                                     informationRates = c(.2, .45, .7, 1))
  sizes <- c(40, 50, 50, 60)[seq_along(means)]
  data <- getDataset(n1 = sizes, n2 = sizes, means1 = means, means2 = 0 * means,
                     stDevs1 = 1 + 0 * means, stDevs2 = 1 + 0 * means)
  said <- getAnalysisResults(design = design, dataInput = data, normalApproximation = TRUE)
  stage <- getStageResults(design, data, normalApproximation = TRUE)
  k <- said$finalStage
  se <- stage$effectSizes[k] / stage$overallTestStatistics[k]
  data.frame(kind = kind, fraction = design$informationRates[1:k],
             bound = design$criticalValues[1:k], z = stage$overallTestStatistics[k],
             p_one_sided = said$finalPValues[k],
             estimate = said$medianUnbiasedEstimates[k] / se,
             lower = said$finalConfidenceIntervalLowerBounds[k] / se,
             upper = said$finalConfidenceIntervalUpperBounds[k] / se)
}
stops <- list(list("asOF", c(.3, .5, .6)), list("asP", c(.3, .55)), list("asP", c(.9)),
              list("asOF", c(.1, .2, .1, -.1)), list("asP", c(.2, .25, .3, .35)))
invisible(capture.output(said <- do.call(rbind, lapply(seq_along(stops), function(i) {
  cbind(case = i, ended(stops[[i]][[1]], stops[[i]][[2]]))
}))))
write(said, "sequential_stopped.csv")
