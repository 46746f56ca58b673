# What R `rpact` says about trials with survival endpoints: events, patients, events by month.
# Rscript tests/oracle/planning/planning.R > tests/oracle/planning/answers.csv
suppressMessages(library(rpact))
row <- function(case, quantity, value) cat(sprintf("%s,%s,%.8f\n", case, quantity, value))
cat("case,quantity,value\n")
# exponential, uniform accrual, drop-out
r <- getSampleSizeSurvival(alpha=0.025, sided=1, beta=0.2, median2=12, hazardRatio=0.6, accrualTime=c(0,36), followUpTime=12, dropoutRate1=0.05, dropoutRate2=0.05, dropoutTime=12)
row("exponential","events",r$eventsFixed); row("exponential","patients",r$nFixed)
r <- getSampleSizeSurvival(alpha=0.05, sided=2, beta=0.1, median2=24, hazardRatio=0.7, allocationRatioPlanned=2, accrualTime=c(0,48), followUpTime=24, dropoutRate1=0.1, dropoutRate2=0.1, dropoutTime=12)
row("two_to_one","events",r$eventsFixed); row("two_to_one","patients",r$nFixed)
r <- getSampleSizeSurvival(alpha=0.05, sided=1, beta=0.2, piecewiseSurvivalTime=c(0,6,18), lambda2=c(0.05,0.03,0.01), hazardRatio=0.5, accrualTime=c(0,30), followUpTime=18, dropoutRate1=0.03, dropoutRate2=0.03, dropoutTime=12)
row("pieces","events",r$eventsFixed); row("pieces","patients",r$nFixed)
for (t in c(10, 25, 40, 60)) {
 e <- getEventProbabilities(time=t, accrualTime=c(0,30), accrualIntensity=5, piecewiseSurvivalTime=c(0,6,18), lambda2=c(0.05,0.03,0.01), hazardRatio=0.5, dropoutRate1=0.03, dropoutRate2=0.03, dropoutTime=12, maxNumberOfSubjects=150)
 row(paste0("month_",t),"events_treated_per_patient", e$eventProbabilities1); row(paste0("month_",t),"events_control_per_patient", e$eventProbabilities2)
}
