"""What a MOLT learns: the classes of each photo, in every branch. One process or a team, with or without a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW
from torch.utils.data import DataLoader

from engine.errors import MoltboxError
from trainer.boxed_photos import BoxedPhotos, score_boxes
from trainer.class_loss import ClassLoss
from trainer.config import TrainConfig
from trainer.data import (
    Batch,
    EpochBatches,
    LabelledFile,
    PhotoSet,
    PhotoViews,
    View,
    load_batches,
    mixed_seed,
    normalised,
)
from trainer.devices import HALF, precision_on
from trainer.export import FALLBACK_THRESHOLD
from trainer.looking import molt_looks
from trainer.loop import BoxShare, Window, set_rates, take_step
from trainer.molt import Branch, Molt
from trainer.team import Team


class BranchLesson:
    """See `trainer.loop.Lesson`.

    A batch goes through the network in parts: as many photos at a time as memory takes. Where it takes too few, the
    part halves itself; the gradients stay those of the whole batch.

    The branches learn together, or one after another (`TrainConfig.per_branch`): each all epochs, of the same photos
    in the same views, while the others neither see nor learn anything. Since their losses are only added up and each
    one's gradients are clipped by themselves, both ways lead to the same weights but for the draws of stochastic depth.
    """

    def __init__(
        self,
        config: TrainConfig,
        photos: PhotoSet,
        view: View,
        model: Molt,
        optimiser: AdamW,
        device: torch.device,
        team: Team,
        boxed: BoxedPhotos | None,
        warn: Callable[[str], None],
        *,
        together: bool = False,
    ) -> None:
        """
        Args:
            boxed: boxes to validate by, if there are any.
            warn: told where a part of a batch was halved.
            together: validate all branches, though they learn one after another.
        """
        self.config, self.photos, self.view, self.boxed = config, photos, view, boxed
        self.model, self.optimiser, self.device, self.team = model, optimiser, device, team
        self.scoring = ClassLoss(several=photos.several)
        self.leave_out: Callable[[str, str], None] = lambda _, __: None
        self._warn = warn
        self._dtype = HALF.get(precision_on(config.precision, device), torch.float32)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self._dtype == torch.float16)
        self.part = -(-config.batch // (team.size * config.accumulate))
        self._loaders: dict[bool, tuple[EpochBatches, DataLoader[Batch]]] = {}
        self._only = 0 if config.per_branch and not together else None
        self._trained = self._wrapped()

    def _turn_to(self, branch: int) -> None:
        """From here on that branch alone is taught and validated."""
        if branch != self._only:
            self._only = branch
            self._loaders.clear()
            self._trained = self._wrapped()

    @property
    def _branches(self) -> list[Branch]:
        """Those that are taught."""
        branches = self.model.pyramid
        return branches if self._only is None else [branches[self._only]]

    def _wrapped(self) -> nn.Module:
        trained: nn.Module = self.model if self._only is None else _Alone(self._branches[0])
        if self.team.size > 1:
            places = [self.team.local_rank] if self.device.type == "cuda" else None
            trained = DistributedDataParallel(trained, device_ids=places, gradient_as_bucket_view=True)
        trained = cast(nn.Module, torch.compile(trained)) if self.config.compile else trained
        if self.team.size > 1 and self.device.type == "cuda":
            self._find_a_part_that_fits(trained)
        return trained

    def batches(self, epoch: int, first: int) -> DataLoader[Batch]:
        """This process's share of each batch."""
        if self.config.per_branch:
            branch, epoch = divmod(epoch, self.config.epochs)
            self._turn_to(branch)
        order, loader = self._loader(self.photos.train, self.config.batch, training=True)
        order.enter(epoch, first)
        return loader

    def learn(self, batch: Batch, step: int, lr: float, window: Window) -> None:
        """One optimiser step over the photos that all processes see."""
        self._set_aside(batch)
        count = len(batch.targets)
        if self.team.size > 1:
            count = int(self.team.add_up(torch.tensor(float(count), device=self.device)))
        if not count:
            return
        while (learnt := self._tried(batch, step, count)) is None:
            if self.team.size > 1:
                raise MoltboxError("The GPU memory ran out: lower --batch, or raise --accumulate.")
            self._halve()
        for loss, logits, targets in learnt:
            window.add(loss, logits, targets, self.scoring)
        window.about = self._about()
        set_rates(self.optimiser, lr)
        clipped = [self.model] if self.config.shared_trunk else self._branches
        take_step(clipped, self.optimiser, self.config.clip_norm, self.scaler)

    def validate(self, window: Window) -> BoxShare | None:
        """Scores the validation photos as the engine does: whole photo, mean of the branches' probabilities."""
        team = self.team
        window.about = self._about()
        order, loader = self._loader(self.photos.validation, self.part * team.size, training=False)
        order.enter(0)
        for batch in loader:
            self._set_aside(batch)
            if len(batch.targets):
                images, targets = self._shown(batch)
                with self._autocast():
                    logits = [branch(image) for branch, image in zip(self._branches, images, strict=True)]
                    loss = self.scoring.summed(logits, targets)
                window.add(loss, logits, targets, self.scoring)
        if self.boxed is None or not team.is_first:
            return None
        look = molt_looks(self._branches, self.photos.root, self.view, self.photos.class_names, self.device)
        return score_boxes(self.boxed, look, FALLBACK_THRESHOLD)

    def _backward(self, batch: Batch, step: int, count: int) -> list[tuple[Tensor, list[Tensor], Tensor]]:
        """Gradients of the mean loss over `count` photos; answers loss, logits and targets of each part."""
        rank = self.team.rank
        # Stochastic depth of this step: another draw on each process, the same for one alone however it was started.
        torch.manual_seed(mixed_seed(self.config.seed, step, *([rank] if rank else [])))
        self.optimiser.zero_grad(set_to_none=True)
        learnt = []
        parts = list(self._parts(batch))
        for number, (part, share) in enumerate(parts, start=1):
            images, targets = self._shown(part)
            with self._apart(is_last=number == len(parts)):
                with self._autocast():
                    logits = self._trained(images)  # one (B, C) per branch
                    loss = self.scoring.summed(logits, targets)
                # The processes' gradients are averaged, hence times their number.
                self.scaler.scale(loss * (share * self.team.size / count)).backward()
            if share:
                learnt.append((loss.detach(), [each.detach() for each in logits], targets))
        return learnt

    def _shown(self, batch: Batch) -> tuple[list[Tensor], Tensor]:
        """Images and targets on the device; the images turn to numbers there, as bytes travel faster."""
        moved = batch.to(self.device)
        return [normalised(image, self.view) for image in moved.images], moved.targets

    def _blank(self, count: int) -> Batch:
        """Photos of nothing."""
        images = [torch.zeros(count, 3, branch.side, branch.side, dtype=torch.uint8) for branch in self._branches]
        return Batch(images, torch.zeros(count, len(self.photos.class_names)), [])

    def _about(self) -> dict[str, int]:
        """What the log says of branches that learn one after another."""
        return {} if self._only is None else {"side": self._branches[0].side}

    def _parts(self, batch: Batch) -> Iterator[tuple[Batch, int]]:
        """Parts of a batch with their number of photos; without a photo a blank one that weighs nothing.

        A process whose share holds none must take part in the averaging all the same.
        """
        if not len(batch.targets):
            yield self._blank(1), 0
        for start in range(0, len(batch.targets), self.part):
            chosen = slice(start, start + self.part)
            part = Batch([image[chosen] for image in batch.images], batch.targets[chosen], [])
            yield part, len(part.targets)

    def _apart(self, *, is_last: bool) -> AbstractContextManager[Any]:
        """Gradients are averaged over the processes with the last part only."""
        if self.team.size == 1 or is_last:
            return nullcontext()
        module = getattr(self._trained, "_orig_mod", self._trained)
        return cast(DistributedDataParallel, module).no_sync()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=self._dtype, enabled=self._dtype != torch.float32)

    def _tried(self, batch: Batch, step: int, count: int) -> list[tuple[Tensor, list[Tensor], Tensor]] | None:
        """As `_backward`; None where memory ran out."""
        try:
            return self._backward(batch, step, count)
        except torch.OutOfMemoryError:
            return None

    def _halve(self) -> None:
        """Raises:
        MoltboxError: there is nothing left to halve.
        """
        self.optimiser.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.part == 1:
            raise MoltboxError(
                f"The {self.device.type} memory is too small even for one photo at a time: choose smaller --sizes or a "
                "smaller --backbone."
            )
        self.part = -(-self.part // 2)
        self._warn(
            f"The {self.device.type} memory is too small: {self.part} photos at a time now, "
            f"{self.config.batch} a step as before."
        )

    def _find_a_part_that_fits(self, trained: nn.Module) -> None:
        """Before the first step, as processes that wait for one another cannot recover from it later."""
        self._trained = trained
        module = cast(DistributedDataParallel, getattr(trained, "_orig_mod", trained))
        while True:
            with module.no_sync():
                fits = self._tried(self._blank(self.part), 0, self.part) is not None
            together = self.team.add_up(torch.tensor(float(fits), device=self.device))
            self.optimiser.zero_grad(set_to_none=True)
            if int(together) == self.team.size:
                return
            self._halve()

    def _loader(
        self, files: Sequence[LabelledFile], batch: int, *, training: bool
    ) -> tuple[EpochBatches, DataLoader[Batch]]:
        """The photos in batches; the same loader as the last time where nothing has changed, its processes warm."""
        known = self._loaders.get(training)
        if known is not None and known[0].batch == batch:
            return known
        workers = self.config.workers
        if workers is None:
            cores = (os.cpu_count() or 2) // max(1, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
            workers = max(1, min(16, cores - 1)) if self.device.type == "cuda" else 0
        seed, share = self.config.seed, (self.team.rank, self.team.size)
        order = EpochBatches(len(files), batch, shuffle=training, seed=seed, share=share)
        views = PhotoViews(self.photos.root, files, self.view, training=training, seed=seed, only=self._only)
        class_count, pinned = len(self.photos.class_names), self.device.type == "cuda"
        loader = load_batches(views, order, class_count=class_count, workers=workers, pinned=pinned)
        self._loaders[training] = order, loader
        return order, loader

    def _set_aside(self, batch: Batch) -> None:
        for photo in batch.unreadable:
            self.leave_out(photo.path, photo.why)


class _Alone(nn.Module):
    """One branch in the place of a MOLT."""

    def __init__(self, branch: Branch) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, images: Sequence[Tensor]) -> list[Tensor]:
        return [self.branch(images[0])]
