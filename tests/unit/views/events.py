"""An invented course as `leiomyo.outcomes.lines.events` gives it."""


def event(kind, label, start, end=None, *, low=None, high=None, detail="", row="north/drug.txt:2"):
    return {"kind": kind, "label": label, "start_day": start, "end_day": end, "low": low, "high": high,
            "detail": detail, "row": row}  # fmt: skip


EVENTS = [
    event("drug", "Anastrozole", -1900, detail="other cancer: treatment of another cancer"),
    event("diagnosis", "Diagnosis", 0, row=""),
    event("surgery", "Resection of the primary", 12, detail="margin negative, R0"),
    event("radiation", "Radiation, primary tumour", 60, 95, detail="50 Gy"),
    event("recurrence", "Distant metastasis", 400, detail="Lung"),
    event("drug", "Gemcitabine", 420, 520, low=405, high=435, detail="line 1: the first treatment after spread"),
    event("drug", "Docetaxel", 428, 520, detail="line 1: given with the line's first drug"),
    event("drug", "Pazopanib", 700, detail="line 2: another drug after 180 days"),
    event("drug", "Gemcitabine", 900, 950, detail="line 3: a drug of an earlier line again"),
    event("death", "Death", 980, row="north/patient.txt:9"),
    event("recurrence", "Local recurrence", None),
]
