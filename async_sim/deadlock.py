"""What is wrong when nothing moves any more and tokens still wait."""

from async_sim.controller import AsyncCtrl
from async_sim.result import DeadlockError


def check_finished(controllers: list[AsyncCtrl]) -> None:
    """Refuse an end at which tokens wait.

    Raises:
        DeadlockError: Naming the controllers that wait for each other, or for their datapath.
    """
    stuck = [controller for controller in controllers if controller.known.waiting]
    if stuck:
        raise DeadlockError(_story(_chain(stuck)))


def _chain(stuck: list[AsyncCtrl]) -> list[AsyncCtrl]:
    """Follow who waits for whom, up to one met before or one that waits for nobody."""
    by_inbox = {id(controller.inbox): controller for controller in stuck}
    chain: list[AsyncCtrl] = []
    onward: AsyncCtrl | None = stuck[0]
    while onward is not None and onward not in chain:
        chain.append(onward)
        onward = _holder(onward, by_inbox)
    if onward is not None:  # a circle: what led to it is no part of it
        return [*chain[chain.index(onward) :], onward]
    return chain


def _holder(waiting: AsyncCtrl, by_inbox: dict[int, AsyncCtrl]) -> AsyncCtrl | None:
    """A controller that has not acknowledged a token which another waits to see acknowledged."""
    for output in waiting.known.blocking():
        receiver = by_inbox.get(id(output.inbox))
        if receiver is not None and output.channel in receiver.known.waiting:
            return receiver
    return None


def _story(chain: list[AsyncCtrl]) -> str:
    names = [controller.name for controller in chain]
    if len(chain) > 1 and chain[0] is chain[-1]:
        return f"tokens wait for each other: {' -> '.join(names)}"
    return f"tokens wait for ever: {' -> '.join(names)}, whose datapath never gets ready"
