# Answers of R survival and cmprsk for the data sets of datasets.py.
# Rscript answers.R FOLDER-WITH-CSV OUTPUT-FOLDER        (see README.md)
suppressMessages({library(survival); library(cmprsk)})
invisible(Sys.setlocale("LC_COLLATE", "C"))
options(digits = 17, warn = 1)
args <- commandArgs(TRUE)
names_ <- sort(sub("\\.csv$", "", list.files(args[1], "\\.csv$")))
out <- list()
put <- function(table, rows) if (NROW(rows)) out[[table]] <<- c(out[[table]], list(rows))
num <- function(x) ifelse(is.na(x) | is.infinite(x), NA, x)
some <- function(n, most = 40) if (n <= most) seq_len(n) else unique(round(seq(1, n, length.out = most)))
safe <- function(expr) tryCatch(expr, error = function(e) NULL)

curves <- function(name, group, d, late) {
  y <- if (late) Surv(d$entry, d$exit, d$status > 0) else Surv(d$exit, d$status > 0)
  for (ci in c("log-log", "log", "plain")) {
    fit <- survfit(y ~ 1, conf.type = ci)
    i <- some(length(fit$time), if (ci == "log-log") 18 else 5)
    put("km", data.frame(dataset = name, group = group, ci = ci, time = fit$time[i], at_risk = fit$n.risk[i],
      events = fit$n.event[i], censored = fit$n.censor[i], survival = fit$surv[i],
      std_error = num(fit$std.err[i] * fit$surv[i]), low = num(fit$lower[i]), high = num(fit$upper[i]),
      hazard = fit$cumhaz[i], hazard_error = fit$std.chaz[i]))
    m <- summary(fit)$table
    put("quantile", data.frame(dataset = name, group = group, ci = ci, p = 0.5, time = m[["median"]],
      low = m[["0.95LCL"]], high = m[["0.95UCL"]]))
    for (p in c(0.1, 0.25, 0.75)) {
      # R has two rules for a curve that stands exactly on the level; the printed one (above) is ours
      if (any(abs(c(fit$surv, fit$lower, fit$upper) - (1 - p)) < 1.5e-8, na.rm = TRUE)) next
      # nor one rule for limits that rise again, as they do when people enter late
      if (any(diff(fit$lower) > 0, diff(fit$upper) > 0, na.rm = TRUE)) next
      q <- quantile(fit, p)
      put("quantile", data.frame(dataset = name, group = group, ci = ci, p = p, time = q$quantile[[1]],
        low = q$lower[[1]], high = q$upper[[1]]))
    }
  }
  z <- if (late) Surv(d$entry, d$exit, d$status == 0) else Surv(d$exit, d$status == 0)
  m <- summary(survfit(z ~ 1, conf.type = "log-log"))$table
  put("follow_up", data.frame(dataset = name, group = group, time = m[["median"]], low = m[["0.95LCL"]],
    high = m[["0.95UCL"]]))
  fit <- survfit(y ~ 1)
  for (tau in max(fit$time) * c(0.3, 0.8, 1)) if (tau > 0) {
    m <- safe(summary(fit, rmean = tau)$table); if (is.null(m)) next
    put("rmst", data.frame(dataset = name, group = group, tau = tau, estimate = m[[5]], std_error = m[[6]]))
  }
}

incidence <- function(name, d, late) {
  causes <- sort(unique(d$status[d$status > 0]))
  if (!length(causes)) return()
  if (late) {
    f <- factor(d$status, c(0, causes))
    fit <- survfit(Surv(d$entry, d$exit, f) ~ 1, id = seq_along(f))
    if (is.null(fit$pstate)) return()
    i <- some(length(fit$time))
    for (k in seq_along(causes)) put("incidence_late", data.frame(dataset = name, cause = causes[k],
      time = fit$time[i], incidence = fit$pstate[i, k + 1]))
    return()
  }
  fit <- safe(cuminc(d$exit, d$status))
  at <- sort(unique(d$exit)); at <- at[some(length(at))]
  tp <- timepoints(fit, at)
  for (k in causes) put("incidence", data.frame(dataset = name, cause = k, time = at,
    incidence = tp$est[paste("1", k), ], variance = tp$var[paste("1", k), ]))
}

test_row <- function(name, test, chi2, df) put("tests", data.frame(dataset = name, test = test, chi2 = chi2, df = df))
pieces <- function(fit) list(u = if (is.matrix(fit$obs)) rowSums(fit$obs) - rowSums(fit$exp) else fit$obs - fit$exp,
  v = fit$var, e = if (is.matrix(fit$exp)) rowSums(fit$exp) else fit$exp)

tests <- function(name, d, late) {
  d <- d[d$group != "", ]
  if (length(unique(d$group)) < 2 || !any(d$status > 0)) return()
  if (late) {
    # a score test of Cox's model with exact ties is the log-rank test with its hypergeometric variance
    if (max(table(d$exit[d$status > 0])) > 8) return()
    fit <- safe(coxph(Surv(entry, exit, status > 0) ~ group, d, ties = "exact", control = coxph.control(iter.max = 30)))
    if (!is.null(fit)) test_row(name, "logrank", fit$score, length(unique(d$group)) - 1)
    return()
  }
  for (rho in c(0, 1)) {
    fit <- safe(survdiff(Surv(exit, status > 0) ~ group, d, rho = rho))
    if (is.null(fit)) next
    q <- pieces(fit)
    test_row(name, c("logrank", "peto")[rho + 1], fit$chisq, sum(q$e > 0) - 1)
    w <- seq_along(q$u)
    if (rho == 0) test_row(name, "trend", sum(w * q$u)^2 / drop(t(w) %*% q$v %*% w), 1)
  }
  s <- d[d$strat != "", ]
  if (length(unique(s$strat)) > 1 && length(unique(s$group)) > 1) {
    fit <- safe(survdiff(Surv(exit, status > 0) ~ group + strata(strat), s))
    if (!is.null(fit)) { q <- pieces(fit); test_row(name, "stratified", fit$chisq, sum(q$e > 0) - 1) }
  }
  if (any(d$status > 1)) {
    fit <- cuminc(d$exit, d$status, d$group)
    for (k in rownames(fit$Tests)) test_row(name, paste0("gray_", k), fit$Tests[k, "stat"], fit$Tests[k, "df"])
    if (length(unique(s$strat)) > 1) {
      fit <- cuminc(s$exit, s$status, s$group, s$strat)
      for (k in rownames(fit$Tests))
        test_row(name, paste0("gray_stratified_", k), fit$Tests[k, "stat"], fit$Tests[k, "df"])
    }
  }
}

cox <- function(name, d, late) {
  on <- Filter(function(x) any(d[[x]] != ""), paste0("c", 1:4))
  if (!length(on)) return()
  for (x in on) d <- d[d[[x]] != "", ]
  for (x in on) d[[x]] <- factor(d[[x]])
  y <- if (late) "Surv(entry, exit, status > 0)" else "Surv(exit, status > 0)"
  models <- list(all = on)
  if (length(on) > 1) models$stratified <- c(on[-length(on)], paste0("strata(", on[length(on)], ")"))
  for (m in names(models)) for (ties in c("efron", "breslow")) {
    fit <- coxph(as.formula(paste(y, "~", paste(models[[m]], collapse = "+"))), d, ties = ties,
      control = coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-14))
    put("cox", data.frame(dataset = name, model = m, ties = ties, term = names(fit$coefficients),
      estimate = unname(fit$coefficients), std_error = sqrt(diag(fit$var))))
    put("cox_tests", data.frame(dataset = name, model = m, ties = ties, n = fit$n, events = fit$nevent,
      loglik0 = fit$loglik[1], loglik1 = fit$loglik[2], score = fit$score, wald = drop(fit$wald.test),
      df = length(fit$coefficients)))
    if (ties == "efron") for (tr in c("km", "identity", "log", "rank")) {
      z <- cox.zph(fit, transform = tr)$table
      put("zph", data.frame(dataset = name, model = m, transform = tr, term = rownames(z), chi2 = z[, 1], df = z[, 2]))
    }
  }
}

for (name in names_) {
  d <- read.csv(file.path(args[1], paste0(name, ".csv")), colClasses = c("numeric", "numeric", "numeric",
    rep("character", 6)), na.strings = NULL)
  late <- any(!is.na(d$entry) & d$entry > 0)
  if (late) d$entry[is.na(d$entry)] <- 0
  curves(name, "", d, late)
  known <- setdiff(unique(d$group), "")
  if (length(known) > 1) for (g in known) curves(name, g, d[d$group == g, ], late)
  incidence(name, d, late)
  tests(name, d, late)
  cox(name, d, late)
}
for (table in names(out)) {
  x <- do.call(rbind, out[[table]])
  for (n in names(x)) if (is.double(x[[n]])) x[[n]] <- ifelse(is.na(x[[n]]), "", sprintf("%.15g", x[[n]]))
  write.csv(x, file.path(args[2], paste0(table, ".csv")), row.names = FALSE, quote = FALSE)
}
writeLines(c(R.version.string, paste(c("survival", "cmprsk"), c(format(packageVersion("survival")),
  format(packageVersion("cmprsk"))))), file.path(args[2], "versions.txt"))
