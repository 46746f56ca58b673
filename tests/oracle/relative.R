# Relative and net survival by the definitions, person by person, from R's own survexp.us; and expected
# survival of single persons by survival::survexp. Also exact limits of shares by stats::binom.test.
# And models on people's rows: coxph (also robust), finegray.
# Rscript relative.R OUTPUT-FOLDER
suppressMessages(library(survival))
args <- commandArgs(TRUE)
i <- 1:80
p <- data.frame(age = 40 + (i * 7) %% 49, sex = ifelse(i %% 3 == 0, "male", "female"), year = 1996 + i %% 20,
                exit = 30 + (i * 211) %% 3900, status = as.integer(i %% 5 < 3))
last <- max(p$exit)
rate <- function(age, sex, year, days) {
  u <- seq_len(days) - 1
  a <- floor(age + 0.5 + u / 365.25); y <- year - age + a   # the year of the last birthday, as survexp does
  survexp.us[cbind(pmin(a, 109) + 1, match(sex, c("male", "female")), pmin(y, 2014) - 1939)]
}
hazard <- t(sapply(seq_len(nrow(p)), function(k) c(0, rate(p$age[k], p$sex[k], p$year[k], last))))
cum <- t(apply(hazard, 1, cumsum))
out <- NULL
for (method in c("ederer2", "pohar-perme")) {
  w <- if (method == "ederer2") cum * 0 + 1 else exp(cum)
  obs <- 1; net <- 1; bg <- 0; v <- 0
  for (day in 0:last) {
    risk <- p$exit >= day; dead <- p$exit == day & p$status == 1
    if (!any(risk)) break
    yw <- sum(w[risk, day + 1])
    obs <- obs * (1 - sum(dead) / sum(risk)); net <- net * (1 - sum(w[dead, day + 1]) / yw)
    bg <- bg + sum(w[risk, day + 1] * hazard[risk, day + 1]) / yw; v <- v + sum(w[dead, day + 1]^2) / yw^2
    if (day %in% c(365, 730, 1096, 1826, 2922, 3652)) {
      s <- net * exp(bg); z <- qnorm(0.975) * sqrt(v)
      out <- rbind(out, data.frame(method = method, day = day, observed = obs, expected = exp(-bg), relative = s,
                                   low = s * exp(-z), high = s * exp(z)))
    }
  }
}
number <- function(x) { for (n in names(x)) if (is.double(x[[n]])) x[[n]] <- sprintf("%.15g", x[[n]]); x }
save <- function(x, name) write.csv(number(x), file.path(args[1], name), row.names = FALSE, quote = FALSE)
save(out, "relative.csv"); save(p, "relative_people.csv")

one <- expand.grid(age = c(30, 55, 78, 95), sex = c("male", "female"), year = c(1960, 1999), day = c(365, 1826, 3652))
single <- data.frame(sex = as.character(one$sex), age = one$age * 365.25 + 100,
                     year = as.Date(paste0(one$year, "-07-20")), t = one$day)
one$expected <- survexp(t ~ 1, data = single, ratetable = survexp.us, method = "individual.s",
                        rmap = list(age = age, sex = sex, year = year))
save(one, "expected.csv")
b <- expand.grid(n = c(1, 2, 7, 30, 411), share = c(0, 0.1, 0.5, 0.9, 1), level = c(0.9, 0.95))
b$events <- round(b$n * b$share); b$share <- NULL
ci <- mapply(function(x, n, l) binom.test(x, n, conf.level = l)$conf.int, b$events, b$n, b$level)
b$low <- ci[1, ]; b$high <- ci[2, ]
save(b, "shares.csv")

# every seventh person died of the second cause
p$cause <- ifelse(i %% 7 == 0, 2, p$status)
x <- cbind(age = p$age, male = as.numeric(p$sex == "male"))
plain <- coxph(Surv(exit, cause == 1) ~ x, p)
robust <- coxph(Surv(exit, cause == 1) ~ x, p, robust = TRUE)
p$id <- i; p$male <- x[, "male"]; p$state <- factor(p$cause, 0:2)
fg <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + male, finegray(Surv(exit, state) ~ ., p, etype = "1"),
            weights = fgwt, id = id, robust = TRUE)
save(rbind(data.frame(model = "cox", term = colnames(x), estimate = coef(plain), std_error = sqrt(diag(plain$var))),
           data.frame(model = "robust", term = colnames(x), estimate = coef(robust), std_error = sqrt(diag(robust$var))),
           data.frame(model = "fine_gray", term = colnames(x), estimate = coef(fg), std_error = sqrt(diag(fg$var)))),
     "person.csv")
