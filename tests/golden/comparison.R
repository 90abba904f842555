# Golden numbers for comparing groups and taking a change apart, from base R alone.
#
#   Rscript tests/golden/comparison.R
#
# writes beside itself: heterogeneity.csv (chi-square and mean-score tests of tables of detractors,
# passives, promoters), kitagawa.csv (pieces of a change, by standardization of rates),
# exchangeable.csv (normal means with unknown spread: τ is integrated adaptively on the scale of τ
# itself, cells one by one) and against.csv (a Dirichlet cell against a normal benchmark).
# Nothing here shares a formula with what it checks where another way exists.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(table, name) {
  file <- file(file.path(here, name), "w")
  writeLines(paste0("# ", R.version.string, ", tests/golden/comparison.R"), file)
  write.csv(table, file, row.names = FALSE, quote = FALSE)
  close(file)
}

# ---- heterogeneity: chisq.test, and (N − 1)·R² of the scores on the group, from lm
tables <- list(
  a = rbind(c(8, 13, 15), c(12, 7, 7), c(10, 50, 80)),
  b = rbind(c(5, 10, 20), c(7, 14, 19), c(4, 12, 30), c(9, 8, 11)),
  c = rbind(c(1, 0, 4), c(0, 3, 2), c(2, 1, 9), c(5, 5, 5), c(0, 0, 7))
)
heterogeneity <- do.call(rbind, lapply(names(tables), function(name) {
  table <- tables[[name]]
  chi <- suppressWarnings(chisq.test(table, correct = FALSE))
  set.seed(1)
  simulated <- suppressWarnings(chisq.test(table, simulate.p.value = TRUE, B = 1e6))
  group <- rep(rep(seq_len(nrow(table)), 3), as.vector(table))
  score <- rep(rep(c(-1, 0, 1), each = nrow(table)), as.vector(table))
  q <- (length(score) - 1) * summary(lm(score ~ factor(group)))$r.squared
  data.frame(
    table = name, groups = nrow(table), counts = paste(t(table), collapse = " "),
    chi = signif(unname(chi$statistic), 12), chi_p = signif(chi$p.value, 10),
    chi_permuted = signif(simulated$p.value, 6),
    mean_score = signif(q, 12), mean_score_p = signif(pchisq(q, nrow(table) - 1, lower = FALSE), 10)
  )
}))
save(heterogeneity, "heterogeneity.csv")

# ---- Kitagawa: a segment's within is the change of the total when only its own rate moves, its
# weight fixed, averaged over both periods' weights; its mix the change when only its weight moves,
# its rate fixed, averaged over both, less what the same weight would bring at the overall score.
before <- rbind(c(20, 30, 50), c(10, 5, 5), c(3, 9, 40), c(1, 2, 2))
after <- rbind(c(18, 20, 40), c(30, 12, 18), c(4, 4, 30), c(6, 1, 2))
rate <- function(x) (x[, 3] - x[, 1]) / rowSums(x)
weight <- function(x) rowSums(x) / sum(x)
overall <- function(w, s) sum(w * s)
w <- list(weight(before), weight(after))
s <- list(rate(before), rate(after))
middle <- (overall(w[[1]], s[[1]]) + overall(w[[2]], s[[2]])) / 2
pieces <- t(sapply(1:4, function(k) {
  moved <- sapply(1:2, function(p) {
    only <- s[[1]]
    only[k] <- s[[2]][k]
    overall(w[[p]], only) - overall(w[[p]], s[[1]])
  })
  shifted <- sapply(1:2, function(p) {
    only <- w[[1]]
    only[k] <- w[[2]][k]
    overall(only, s[[p]] - middle) - overall(w[[1]], s[[p]] - middle)
  })
  c(mean(moved), mean(shifted))
}))
# two levels: segments 1, 2 make the first coarse group, 3, 4 the second
coarse <- function(x) rbind(colSums(x[1:2, ]), colSums(x[3:4, ]))
W <- list(weight(coarse(before)), weight(coarse(after)))
S <- list(rate(coarse(before)), rate(coarse(after)))
mix_coarse <- sum((W[[2]] - W[[1]]) * (S[[1]] + S[[2]]) / 2)
inner <- sapply(1:2, function(g) {
  rows <- if (g == 1) 1:2 else 3:4
  v <- list(weight(before[rows, ]), weight(after[rows, ]))
  r <- list(s[[1]][rows], s[[2]][rows])
  mean(c(W[[1]][g], W[[2]][g])) * c(
    sum((v[[2]] - v[[1]]) * (r[[1]] + r[[2]]) / 2), sum((v[[1]] + v[[2]]) / 2 * (r[[2]] - r[[1]]))
  )
})
kitagawa <- data.frame(
  part = c(paste0("segment", 1:4), "levels"),
  within = signif(100 * c(pieces[, 1], sum(inner[2, ])), 12),
  mix = signif(100 * c(pieces[, 2], sum(inner[1, ])), 12),
  mix_coarse = signif(100 * c(rep(NA, 4), mix_coarse), 12)
)
save(kitagawa, "kitagawa.csv")

# ---- exchangeable: eight schools (Rubin 1981), and ten changes of NPS
posterior <- function(y, se) {
  s0 <- 1 / mean(1 / se^2)
  log_tau <- function(tau) { # p(τ | y) up to a constant, with the Jacobian of τ² → τ
    v <- se^2 + tau^2
    mu <- sum(y / v) / sum(1 / v)
    sum(dnorm(y, mu, sqrt(v), log = TRUE)) - log(sum(1 / v)) / 2 +
      log(2 * tau * s0) - 2 * log(s0 + tau^2)
  }
  top <- optimize(log_tau, c(1e-6, 20 * max(se)), maximum = TRUE)$objective
  density <- Vectorize(function(tau) exp(log_tau(tau) - top))
  over <- function(f) {
    ends <- c(0, 0.2, 0.6, 1, 2, 4, 10, 40, 400, 4000) * sqrt(s0)
    sum(sapply(seq_len(length(ends) - 1), function(i) {
      integrate(f, ends[i], ends[i + 1], rel.tol = 1e-9, subdivisions = 500)$value
    }))
  }
  mass <- over(density)
  t(sapply(seq_along(y), function(i) {
    moments <- function(tau) {
      v <- se^2 + tau^2
      mu <- sum(y / v) / sum(1 / v)
      var_mu <- 1 / sum(1 / v)
      b <- se[i]^2 / v[i]
      c((1 - b) * y[i] + b * mu, (1 - b) * se[i]^2 + b^2 * var_mu)
    }
    mean <- over(Vectorize(function(tau) density(tau) * moments(tau)[1])) / mass
    square <- over(Vectorize(function(tau) density(tau) * sum(moments(tau)^c(2, 1)))) / mass
    above <- over(Vectorize(function(tau) {
      m <- moments(tau)
      density(tau) * pnorm(m[1] / sqrt(m[2]))
    })) / mass
    c(y[i], se[i], mean, sqrt(square - mean^2), above)
  }))
}
sets <- list(
  schools = list(c(28, 8, -3, 7, -1, 1, 18, 12), c(15, 10, 16, 11, 9, 11, 10, 18)),
  changes = list(
    c(-12, 3, 5, -2, 0, 1, 22, -4, 2, 3), c(4, 6, 12, 3, 5, 8, 5, 20, 2, 7)
  )
)
rows <- do.call(rbind, lapply(names(sets), function(name) {
  found <- posterior(sets[[name]][[1]], sets[[name]][[2]])
  data.frame(set = name, signif(found, 9))
}))
names(rows) <- c("set", "value", "std_error", "mean", "sd", "p_above_0")
save(rows, "exchangeable.csv")

# ---- a cell against a benchmark: the density of the NPS of a Dirichlet, convolved with a normal
against <- do.call(rbind, lapply(
  list(c(8, 13, 15, 0.1, 0.08), c(12, 7, 7, -0.2, 0.02), c(60, 90, 250, 0.4, 0.15)),
  function(x) {
    a <- x[1:3] + 0.5
    f <- function(t) { # integrate out the passive share at NPS t: d = (q − t)/2, p = (q + t)/2
      sapply(t, function(t) {
        constant <- lgamma(sum(a)) - sum(lgamma(a)) - log(2)
        integrate(function(q) {
          exp(constant + (a[1] - 1) * log((q - t) / 2) + (a[3] - 1) * log((q + t) / 2) +
            (a[2] - 1) * log1p(-q))
        }, abs(t), 1, rel.tol = 1e-9, subdivisions = 2000)$value
      })
    }
    value <- sum(sapply(seq(-1, 0.95, 0.05), function(from) {
      integrate(function(t) f(t) * pnorm((t - x[4]) / x[5]), max(from, -1 + 1e-9),
        min(from + 0.05, 1 - 1e-9), rel.tol = 1e-8, subdivisions = 500)$value
    }))
    data.frame(
      detractors = x[1], passives = x[2], promoters = x[3], benchmark = x[4], std_error = x[5],
      p_above = signif(value, 9)
    )
  }
))
save(against, "against.csv")
