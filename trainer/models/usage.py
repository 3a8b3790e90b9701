"""What asking models came to: questions, tokens, money."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from trainer.errors import ModelFailure
from trainer.models.request import Model, Reply, Request
from trainer.models.settings import Price
from trainer.texts import Language, phrase


@dataclass
class Usage:
    """Counted while asking; ``stored`` answers came from a cache or a recording and cost nothing."""

    asked: int = 0
    stored: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    money: float | None = None
    currency: str = ""
    last: ModelFailure | None = None

    def add(self, reply: Reply, price: Price | None) -> None:
        """Counts one answer."""
        if reply.stored:
            self.stored += 1
            return
        self.asked += 1
        self.tokens_in += reply.tokens_in or 0
        self.tokens_out += reply.tokens_out or 0
        if price:
            cost = ((reply.tokens_in or 0) * price.input + (reply.tokens_out or 0) * price.output) / 1e6
            self.money = (self.money or 0.0) + cost
            self.currency = price.currency

    def text(self, language: Language) -> str:
        """The bill in one line; below it the last failure, where there was one."""
        line = phrase(
            language, "models.usage.line", asked=self.asked, stored=self.stored, failed=self.failed,
            tokens_in=self.tokens_in, tokens_out=self.tokens_out,
        )  # fmt: skip
        if self.money is not None:
            line += phrase(language, "models.usage.money", money=f"{self.money:.4f}", currency=self.currency)
        return f"{line}\n{self.last.text(language)}" if self.last else line


class Counted:
    """Passes questions on and keeps the bill."""

    def __init__(self, model: Model, usage: Usage, prices: Mapping[str, Price]) -> None:
        self.name = model.name
        self._model = model
        self.usage = usage
        self._price = prices.get(model.name) or prices.get(model.name.partition(":")[2])

    async def ask(self, request: Request) -> Reply:
        try:
            reply = await self._model.ask(request)
        except ModelFailure as failure:
            self.usage.failed += 1
            self.usage.last = failure
            raise
        self.usage.add(reply, self._price)
        return reply

    def stream(self, request: Request) -> AsyncIterator[str]:
        return self._model.stream(request)
