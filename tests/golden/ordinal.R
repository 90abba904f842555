# Golden numbers for the multilevel cumulative logit, from R's ordinal::clmm.
#
#   Rscript tests/golden/ordinal.R     writes ordinal_counts.csv and ordinal.csv beside itself
#
# Made with R 4.2.2 and ordinal 2022.11.16. clmm has adaptive Gauss-Hermite for one random effect
# and Laplace for two.
suppressMessages(library(ordinal))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20251)
stores <- 30
theta <- c(-4, -3.6, -3.2, -2.8, -2.5, -1.9, -1.5, -.8, .1, .8)
region <- rep(1:5, length.out = stores)
v <- rnorm(5, 0, .35)
u <- v[region] + rnorm(stores, 0, .45)
grid <- expand.grid(store = 1:stores, channel = c("email", "sms"), kind = c("relational", "transactional"))
rows <- do.call(rbind, lapply(seq_len(nrow(grid)), function(i) {
  g <- grid[i, ]
  n <- sample(3:25, 1)
  eta <- u[g$store] - .4 * (g$channel == "sms") + .3 * (g$kind == "transactional")
  score <- findInterval(rlogis(n, eta), theta)
  data.frame(store_id = g$store, region = region[g$store], channel = g$channel, kind = g$kind, score = score)
}))
counts <- aggregate(n ~ store_id + region + channel + kind + score, transform(rows, n = 1), sum)
write.csv(counts, file.path(here, "ordinal_counts.csv"), row.names = FALSE, quote = FALSE)

rows$score <- factor(rows$score, ordered = TRUE)
rows$store <- factor(rows$store_id)
rows$area <- factor(rows$region)
control <- clmm.control(gradTol = 1e-6)
told <- function(case, fit) {
  sds <- sapply(VarCorr(fit), function(v) sqrt(v[1]))
  value <- c(logLik(fit), fit$alpha, fit$beta, sds)
  name <- c("loglik", names(fit$alpha), names(fit$beta), paste0("sd(", names(sds), ")"))
  data.frame(case = case, name = name, value = sprintf("%.8f", value))
}
fits <- list(
  "covariates, 25 nodes" = clmm(score ~ channel + kind + (1 | store), rows, nAGQ = 25, control = control),
  "no covariates, 25 nodes" = clmm(score ~ 1 + (1 | store), rows, nAGQ = 25, control = control),
  "interaction, 25 nodes" = clmm(score ~ channel * kind + (1 | store), rows, nAGQ = 25, control = control),
  "two levels, Laplace" = clmm(score ~ channel + kind + (1 | area) + (1 | store), rows, control = control)
)
write.csv(do.call(rbind, Map(told, names(fits), fits)), file.path(here, "ordinal.csv"), row.names = FALSE)
