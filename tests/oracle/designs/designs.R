# What R `survival` and `glm` say about the designs of treatment comparison, person by person.
# Rscript tests/oracle/designs/designs.R tests/oracle/designs     (reads people.csv, writes answers.csv)
# `Rscript designs.R FOLDER people` makes people.csv anew first.
suppressPackageStartupMessages(library(survival))
args <- commandArgs(trailingOnly = TRUE)
folder <- args[1]

if (length(args) > 1) {
  set.seed(11)
  n <- 240
  margin <- sample(c("R0", "R1", "R2"), n, TRUE, c(.6, .3, .1))
  site <- sample(c("limb", "uterus"), n, TRUE)
  rate <- (1 + .7 * (margin != "R0") + .4 * (site == "uterus")) / 700
  meant <- runif(n) < ifelse(margin == "R0", .35, .65)
  start <- ifelse(meant, sample(0:120, n, TRUE), Inf)
  start[1:6] <- c(0, 0, 90, 90, 91, 0)
  life <- floor(rexp(n, rate * ifelse(is.finite(start), .8, 1)))
  life[c(3, 4, 7, 8)] <- c(90, 400, 90, 0)
  watched <- floor(runif(n, 60, 1800))
  people <- data.frame(days = pmin(life, watched), event = as.integer(life <= watched),
                       treated_day = ifelse(start <= pmin(life, watched), start, NA), margin, site)
  write.csv(people, file.path(folder, "people.csv"), row.names = FALSE, na = "", quote = FALSE)
}

people <- read.csv(file.path(folder, "people.csv"), stringsAsFactors = FALSE)
people$start <- ifelse(is.na(people$treated_day), Inf, people$treated_day)
people$start[people$start >= people$days & people$start > 0] <- Inf
rows <- list()
put <- function(design, model, name, value)
  rows[[length(rows) + 1]] <<- data.frame(design, model, name, value = format(value, digits = 15, trim = TRUE))
put_curve <- function(design, model, fit, at) {
  s <- summary(fit, times = at, extend = TRUE)
  for (i in seq_along(at)) {
    put(design, model, paste0("survival_", at[i]), s$surv[i])
    if (!is.null(s$lower)) {
      put(design, model, paste0("low_", at[i]), s$lower[i])
      put(design, model, paste0("high_", at[i]), s$upper[i])
    }
  }
}
models <- list(none = "", one = "+ margin", two = "+ margin + site")
at <- c(200, 365, 730, 1096)

# Landmark at day 90
left <- subset(people, days > 90)
left$treated <- as.integer(left$start <= 90)
for (m in names(models)) {
  fit <- coxph(as.formula(paste("Surv(days - 90, event) ~ treated", models[[m]])), left)
  put("landmark", m, "coef", coef(fit)[["treated"]])
  put("landmark", m, "se", sqrt(vcov(fit)[1, 1]))
}
strata_fit <- coxph(Surv(days - 90, event) ~ treated + strata(margin), left)
put("landmark", "strata", "coef", coef(strata_fit)[["treated"]])
for (arm in 0:1)
  put_curve("landmark", paste0("arm", arm),
            survfit(Surv(days - 90, event) ~ 1, left[left$treated == arm, ], conf.type = "log-log"), at - 90)

# Time-varying: start, stop; day 0 lies after -1 for those there from the origin
split_rows <- function(d) {
  d$id <- seq_len(nrow(d))
  before <- subset(d, start > 0)
  before$from <- -1
  before$to <- ifelse(is.finite(before$start), before$start, before$days)
  before$status <- ifelse(is.finite(before$start), 0, before$event)
  before$treated <- 0
  after <- subset(d, is.finite(start))
  after$from <- ifelse(after$start == 0, -1, after$start)
  after$to <- after$days
  after$status <- after$event
  after$treated <- 1
  rbind(before, after)
}
long <- split_rows(people)
for (m in names(models)) {
  fit <- coxph(as.formula(paste("Surv(from, to, status) ~ treated", models[[m]])), long)
  put("time-varying", m, "coef", coef(fit)[["treated"]])
  put("time-varying", m, "se", sqrt(vcov(fit)[1, 1]))
}
put("time-varying", "none", "mantel_byar",
    coxph(Surv(from, to, status) ~ treated, long, ties = "exact")$score)
for (state in 0:1)
  put_curve("time-varying", paste0("state", state),
            survfit(Surv(from, to, status) ~ 1, long[long$treated == state, ], conf.type = "log-log"), at)
shifted <- subset(people, days > 60)
shifted$days <- shifted$days - 60
shifted$start <- pmax(shifted$start - 60, 0)
late <- split_rows(shifted)
for (state in 0:1)
  put_curve("time-varying", paste0("from60_state", state),
            survfit(Surv(from, to, status) ~ 1, late[late$treated == state, ], conf.type = "log-log"), at - 60)

# Clone, censor, weight
clone <- function(d, grace, covariates, horizon) {
  d$id <- seq_len(nrow(d))
  open <- subset(d, days > grace)
  model <- if (covariates == "") "~ 1" else paste("~", sub("^\\+", "", covariates))
  begun <- glm(as.formula(paste("I(start <= grace)", model)), binomial, open, epsilon = 1e-12)
  d$chance <- predict(begun, d, type = "response")
  days <- sort(unique(d$start[is.finite(d$start) & d$start <= horizon]))
  person_days <- do.call(rbind, lapply(days, function(s) {
    x <- subset(d, start >= s & (days > s | s == 0))
    x$day <- s
    x$starts <- as.integer(x$start == s)
    x
  }))
  hazard <- glm(as.formula(paste("starts", sub("1$", "", model), if (covariates == "") "factor(day)" else "+ factor(day)")),
                binomial, person_days, epsilon = 1e-12)
  # Chance not to have started, after each of the days.
  stay <- sapply(days, function(s) 1 - predict(hazard, transform(d, day = s), type = "response"))
  stay <- t(apply(stay, 1, cumprod))

  first <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) {
    p <- d[i, ]
    follows <- p$start <= grace || p$days <= grace
    if (!follows) return(data.frame(arm = 1, from = -1, to = grace, event = 0, w = 1))
    if (p$days <= grace) return(data.frame(arm = 1, from = -1, to = p$days, event = p$event, w = 1))
    rbind(data.frame(arm = 1, from = -1, to = grace, event = 0, w = 1),
          data.frame(arm = 1, from = grace, to = p$days, event = p$event, w = 1 / p$chance))
  }))
  second <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) {
    p <- d[i, ]
    if (p$start == 0) return(NULL)
    leaves <- is.finite(p$start) && p$start <= horizon
    end <- if (leaves) p$start else p$days
    event <- if (leaves) 0 else p$event
    cuts <- c(-1, days[days > 0 & days < end], end)
    from <- head(cuts, -1)
    # After the start days up to `from`, and those of day 0 in any case.
    passed <- sapply(from, function(f) sum(days <= max(f, 0)))
    data.frame(arm = 0, from = from, to = cuts[-1], event = c(rep(0, length(from) - 1), event),
               w = 1 / sapply(passed, function(k) if (k == 0) 1 else stay[i, k]))
  }))
  rbind(first, second)
}
for (later in c("kept", "censored")) for (m in names(models)) {
  horizon <- if (later == "kept") 90 else Inf
  both <- clone(people, 90, models[[m]], horizon)
  name <- paste0(m, "_", later)
  fit <- coxph(Surv(from, to, event) ~ arm, both, weights = w, ties = "breslow",
               control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
  put("clone", name, "coef", coef(fit)[["arm"]])
  for (arm in 0:1) {
    s <- summary(survfit(Surv(from, to, event) ~ 1, both[both$arm == arm, ], weights = w), times = at, extend = TRUE)
    for (i in seq_along(at)) put("clone", paste0(name, "_arm", arm), paste0("survival_", at[i]), s$surv[i])
  }
}
out <- do.call(rbind, rows)
write.csv(out, file.path(folder, "answers.csv"), row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), file.path(folder, "versions.txt"))
