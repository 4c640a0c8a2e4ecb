"""A process's share of the episodes of a training step."""

from contextlib import AbstractContextManager

from torch import Tensor

from zsl.methods.few_shot import FewShotMethod
from zsl.training.processes.sharing import gathered, joint_statistics
from zsl.training.processes.world import World


class StepShare:
    """What one of several processes does in each step, so that gradients average to those of one process alone.

    Every process draws all `n_tasks` episodes of a step. Where there are as many as processes, each has episodes of its
    own, from the samples to the loss. Where there are fewer, each embeds a share of all samples and gets the others'
    embeddings; then it has a share of the queries, or computes the whole loss if that isn't one of single queries.
    """

    def __init__(self, method: FewShotMethod, n_tasks: int, world: World) -> None:
        self.world, self._method, self._n_tasks = world, method, n_tasks
        self._whole = n_tasks >= world.size
        self.episodes = world.share(n_tasks) if self._whole else slice(0, n_tasks)
        """Those whose loss this process has a part in."""

    def samples(self, n: int) -> slice:
        """The samples that this process embeds, of all `n` of a step, episode by episode."""
        each = n // self._n_tasks
        return slice(self.episodes.start * each, self.episodes.stop * each) if self._whole else self.world.share(n)

    def together(self, embedded: Tensor, n: int) -> Tensor:
        """The samples of `episodes`, (episode, sample, feature), from those that this process embedded."""
        found = embedded if self._whole else gathered(embedded, n, self.world)
        episodes: Tensor = found.unflatten(0, (self.episodes.stop - self.episodes.start, -1))
        return episodes

    def joint(self) -> AbstractContextManager[None]:
        """Let batch normalisation see the samples of all processes."""
        return joint_statistics(self._method, self.world)

    def loss(
        self,
        support: Tensor,
        label: Tensor,
        query: Tensor,
        query_label: Tensor,
        n_way: int,
        unlabeled: Tensor | None = None,
    ) -> Tensor:
        """This process's part of the loss of `episodes`; the mean over all processes is that of the step."""
        method, size = self._method, self.world.size
        if self._whole:
            n_own = self.episodes.stop - self.episodes.start
            method.around = self.episodes.start, self._n_tasks - self.episodes.stop
            try:
                with self.joint():
                    value = method.loss(support, label, query, query_label, n_way, unlabeled)
            finally:
                method.around = 0, 0
            return value if size == 1 else value * (n_own * size / self._n_tasks)
        n_queries = query.shape[1]
        if not method.loss_of_queries or n_queries < size:
            return method.loss(support, label, query, query_label, n_way, unlabeled)
        own = self.world.share(n_queries)
        with self.joint():
            value = method.loss(support, label, query[:, own], query_label[:, own], n_way, unlabeled)
        part: Tensor = value * ((own.stop - own.start) * size / n_queries)
        return part
