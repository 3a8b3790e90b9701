"""A judge by its name: ``rules``, ``provider:model``, ``replay:FILE``."""

from pathlib import Path

from trainer.errors import InputError
from trainer.grading.judges import Judge
from trainer.grading.rules import RulesJudge
from trainer.models.settings import Settings
from trainer.models.usage import Usage


def open_judge(settings: Settings, *, record: Path | None = None, usage: Usage | None = None) -> Judge:
    """The judge that the settings name, the rules always in it. Raises ModelFailure, InputError.

    A model's answers are kept on this machine, so that the same call is not paid for twice.
    """
    rules = RulesJudge()
    if settings.judge == rules.name:
        if record:
            raise InputError("nothing_to_record", key="--record")
        return rules
    from trainer.grading.model_judge import ModelJudge
    from trainer.models.opened import open_model

    names = dict.fromkeys(filter(None, (settings.judge, settings.second_judge)))
    models = [open_model(name, settings, usage=usage, record=record, cached=True) for name in names]
    return ModelJudge(models, rules, in_flight=settings.in_flight)
