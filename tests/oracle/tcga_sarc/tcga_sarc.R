# Survival of the leiomyosarcoma patients of TCGA-SARC, from the public biotab files, by R survival.
# Usage: Rscript tcga_sarc.R FOLDER_OF_BIOTAB_FILES > answers.csv
# Independent of leiomyo: reads the files itself, first header row as names. Dead in any table beats alive; the
# latest contact counts; margin is the form's own statement.
suppressMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
table_of <- function(kind) {
  file <- file.path(folder, paste0("nationwidechildrens.org_clinical_", kind, "_sarc.txt"))
  rows <- read.delim(file, quote = "", colClasses = "character", check.names = FALSE)
  rows[-(1:2), ]
}
patient <- table_of("patient"); follow <- table_of("follow_up_v4.0")
columns <- c("bcr_patient_barcode", "vital_status", "last_contact_days_to", "death_days_to")
said <- rbind(patient[, columns], follow[, columns])
days <- function(text) suppressWarnings(as.numeric(text))
lms <- patient[patient$histologic_diagnosis == "Leiomyosarcoma (LMS)", ]
one <- function(id) {
  rows <- said[said$bcr_patient_barcode == id, ]
  dead <- any(rows$vital_status == "Dead")
  c(dead, if (dead) max(days(rows$death_days_to), na.rm = TRUE) else max(days(rows$last_contact_days_to), na.rm = TRUE))
}
times <- t(sapply(lms$bcr_patient_barcode, one))
d <- data.frame(time = times[, 2], event = times[, 1],
                margin = ifelse(lms$margin_status %in% c("Negative", "Positive"), tolower(lms$margin_status), "unknown"),
                uterine = lms$leiomyosarcoma_uterine_involvement)
answers <- data.frame(by = character(), group = character(), item = character(), value = numeric())
add <- function(by, group, item, value) answers[nrow(answers) + 1, ] <<- list(by, group, item, as.numeric(value))
describe <- function(by, group, rows) {
  fit <- survfit(Surv(time, event) ~ 1, data = rows, conf.type = "log-log")
  add(by, group, "n", nrow(rows)); add(by, group, "events", sum(rows$event))
  q <- quantile(fit, 0.5)
  add(by, group, "median", q$quantile); add(by, group, "median_low", q$lower); add(by, group, "median_high", q$upper)
  for (day in c(365, 730, 1826)) {
    s <- summary(fit, times = day, extend = TRUE)
    add(by, group, paste0("survival_", day), s$surv); add(by, group, paste0("low_", day), s$lower)
    add(by, group, paste0("high_", day), s$upper); add(by, group, paste0("at_risk_", day), s$n.risk)
  }
  reverse <- survfit(Surv(time, 1 - event) ~ 1, data = rows)
  add(by, group, "follow_up_median", quantile(reverse, 0.5)$quantile)
}
describe("", "", d)
for (level in c("negative", "positive", "unknown")) describe("margin", level, d[d$margin == level, ])
test <- survdiff(Surv(time, event) ~ margin, data = d[d$margin != "unknown", ])
add("margin", "negative v positive", "chi2", test$chisq)
for (level in c("YES", "NO")) describe("uterine_involvement", tolower(level), d[d$uterine == level, ])
test <- survdiff(Surv(time, event) ~ uterine, data = d[d$uterine %in% c("YES", "NO"), ])
add("uterine_involvement", "yes v no", "chi2", test$chisq)
add("", "", "read", nrow(patient)); add("", "", "deaths_patient_table", sum(lms$vital_status == "Dead"))
cat(sprintf("# R %s, survival %s\n", getRversion(), packageVersion("survival")))
answers$value <- format(answers$value, digits = 15, trim = TRUE)
write.csv(answers, row.names = FALSE, quote = FALSE)
