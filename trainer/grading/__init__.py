"""The judgement: detectors, judges and the report they add up to."""
