"""The open model's work for several threads at once, in batches of one length.

A public function of the package's class takes one variant. It encodes the sequences, runs
a compiled function whose arrays have a batch dimension of one, and scores the predictions,
all behind a lock. Here, threads call the public functions side by side. Where they reach
the compiled function, calls for sequences of one length are joined, and each thread gets
its part of the predictions. Everything else remains the package's own code.
"""

import contextlib
import functools
import importlib
import logging
import threading

from endobench.core.errors import NotAnswered

log = logging.getLogger(__name__)

# Names of the class that are not public, in release 0.2.0.
_CONTEXT = "_device_context"
_COMPILED = ("_predict", "_predict_variant")
# A thread writes an answer and reads the next question in less.
_LINGER_S = 0.05


def fits(model):
    """Return whether a model has what joins its calls, as in release 0.2.0."""
    return all(hasattr(model, name) for name in (_CONTEXT, *_COMPILED))


class InBatches:
    """The open model, which answers threads that call it side by side in batches.

    Parameters
    ----------
    model : alphagenome_research.model.dna_model.AlphaGenomeModel
        It must fit (`fits`). It is changed, so nothing else may use it.
    size_of : callable
        From the length of a sequence in bp to the number of variants of a batch.
    is_out_of_memory : callable
        Returns whether an error says that the memory did not suffice. Batches are then
        halved, down to one variant.
    """

    def __init__(self, model, size_of, is_out_of_memory):
        self._model = model
        self._is_out_of_memory = is_out_of_memory
        self._meeting = _Meeting(size_of)
        # With the class's own lock, threads could not even prepare their questions.
        with getattr(model, _CONTEXT) as device:
            setattr(model, _CONTEXT, _Turn(device, self._meeting))
        for name in _COMPILED:
            setattr(model, name, _joining(getattr(model, name), self._meeting))

    def output_metadata(self, *arguments, **options):
        """Return the tracks of each output type; see the client's `DnaModel`."""
        return self._model.output_metadata(*arguments, **options)

    def score_variant(self, *arguments, **options):
        """Return the scores of a variant; see the client's `DnaModel`."""
        return self._ask(self._model.score_variant, *arguments, **options)

    def predict_sequence(self, *arguments, **options):
        """Return the tracks of a sequence; see the client's `DnaModel`."""
        return self._ask(self._model.predict_sequence, *arguments, **options)

    def predict_variant(self, *arguments, **options):
        """Return the tracks of both alleles; see the client's `DnaModel`."""
        return self._ask(self._model.predict_variant, *arguments, **options)

    def hang_up(self):
        """End the calls that wait for a batch; one that is at work is waited for."""
        self._meeting.close()

    def _ask(self, call, *arguments, **options):
        is_alone = False
        while True:
            with self._meeting.coming(is_alone) as visit:
                try:
                    return call(*arguments, **options)
                except Exception as error:
                    if visit.size == 1:
                        raise
                    if self._is_out_of_memory(error):
                        self._meeting.halve(visit.length_bp, visit.size)
                    elif visit.has_failed:
                        # Any variant of the batch may be at fault.
                        is_alone = True
                    else:
                        raise


class _Turn:
    """In place of the class's lock: threads take turns with their predictions alone."""

    def __init__(self, device, meeting):
        self._device = device
        self._meeting = meeting

    def __enter__(self):
        return self._device

    def __exit__(self, *_):
        self._meeting.leave()


class _Visit:
    """A thread's call of a public function.

    Attributes
    ----------
    is_alone : bool
        Whether its question must not share a batch.
    is_coming : bool
        Whether it has yet to reach the compiled function.
    is_reading : bool
        Whether it is the thread that reads its predictions.
    has_failed : bool
        Whether its batch raised an error.
    size : int
        Variants of that batch.
    length_bp : int
        Length of their sequences.
    """

    def __init__(self, is_alone):
        self.is_alone, self.is_coming = is_alone, True
        self.is_reading = self.has_failed = False
        self.size, self.length_bp = 1, 0


class _Place:
    """A question that waits for its batch of a size, and what came of it."""

    def __init__(self, key, question):
        self.key, self.question = key, question
        self.is_taken = self.is_done = False
        self.size = 1
        self.found = self.error = None


class _Meeting:
    """Where the threads' questions meet; one of the threads runs each batch.

    The device holds the predictions of one batch, which one thread after another reads.
    The next batch begins once all have. Meanwhile, other threads prepare its questions
    and write answers.
    """

    def __init__(self, size_of):
        self._size_of = size_of
        self._limits = {}
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._threads = threading.local()
        self._waiting = []
        self._n_coming = self._n_readers = 0
        self._is_busy = self._is_closed = False

    def halve(self, length_bp, size):
        """Make batches of a length half as large as one that did not fit into memory."""
        with self._changed:
            if self._size(length_bp) < size:
                return
            self._limits[length_bp] = size // 2
        log.warning(
            "out of memory with batches of %d variants of %d bp; continuing with %d",
            size,
            length_bp,
            size // 2,
        )

    def close(self):
        """End the calls that wait for a batch."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @contextlib.contextmanager
    def coming(self, is_alone):
        """Announce a question of this thread, so that a batch may wait for it."""
        visit = self._threads.visit = _Visit(is_alone)
        with self._changed:
            self._n_coming += 1
        try:
            yield visit
        finally:
            self._arrive(visit)

    def ask(self, key, length_bp, question, run):
        """Return what a batch has for a question, once it is this thread's turn to read.

        Parameters
        ----------
        key : hashable
            Equal for questions that may share a batch.
        length_bp : int
        question : object
        run : callable
            From a list of questions and the size of the batch, which may be larger, to
            what the model has for each question.
        """
        visit = self._threads.visit
        visit.length_bp = length_bp
        place = _Place(object() if visit.is_alone else key, question)
        with self._changed:
            self._waiting.append(place)
        self._arrive(visit)
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    place.is_done
                    or (not place.is_taken and (self._is_closed or not self._is_busy))
                )
            )
            is_leading = not place.is_done
            if is_leading and self._is_closed:
                self._waiting.remove(place)
                raise NotAnswered("the job is being ended")
            self._is_busy |= is_leading
        if is_leading:
            self._lead(place, 1 if visit.is_alone else self._size(length_bp), run)
        visit.size = place.size
        if place.error is not None:
            visit.has_failed = True
            raise place.error
        self._turn.acquire()
        visit.is_reading = True
        return place.found

    def leave(self):
        """Let the next thread read its predictions, or the next batch begin."""
        visit = self._threads.visit
        if not visit.is_reading:
            return
        visit.is_reading = False
        self._turn.release()
        with self._changed:
            self._n_readers -= 1
            self._is_busy = self._n_readers > 0
            self._changed.notify_all()

    def _size(self, length_bp):
        return self._limits.get(length_bp) or max(self._size_of(length_bp), 1)

    def _arrive(self, visit):
        with self._changed:
            self._n_coming -= visit.is_coming
            visit.is_coming = False
            self._changed.notify_all()

    def _lead(self, place, size, run):
        """Run the batch of a question, for which others of the same kind are waited for."""
        with self._changed:
            while len(batch := self._like(place)) < size:
                is_news = self._changed.wait(_LINGER_S)
                if not (is_news or self._n_coming):
                    break
            batch = batch[:size]
            for each in batch:
                each.is_taken, each.size = True, size
                self._waiting.remove(each)
        found, error = [None] * len(batch), None
        try:
            found = run([each.question for each in batch], size)
        except BaseException as caught:
            error = caught
        with self._changed:
            for each, answer in zip(batch, found, strict=True):
                each.found, each.error, each.is_done = answer, error, True
            self._n_readers = len(batch) if error is None else 0
            self._is_busy = self._n_readers > 0
            self._changed.notify_all()

    def _like(self, place):
        """Return the waiting questions that may share a batch with one; it is the first."""
        others = [each for each in self._waiting if each.key == place.key]
        return [place, *(each for each in others if each is not place)]


def _joining(function, meeting):
    """Return a compiled function of the class that joins the calls of several threads."""
    jax = importlib.import_module("jax")

    @functools.partial(jax.jit, static_argnames=["requested_outputs"])
    def together(parameters, state, questions, strands, *, requested_outputs):
        *arrays, mask = jax.tree.map(
            lambda *each: jax.numpy.concatenate(each), *questions
        )
        found = function(
            parameters,
            state,
            *arrays,
            requested_outputs=requested_outputs,
            negative_strand_mask=mask,
            strand_reindexing=strands,
        )
        return [
            jax.tree.map(lambda each, at=at: each[at : at + 1], found)
            for at in range(len(questions))
        ]

    def run(questions, size, *, model, strands, requested_outputs):
        if size == 1:
            [(*arrays, mask)] = questions
            found = function(
                *model,
                *arrays,
                requested_outputs=requested_outputs,
                negative_strand_mask=mask,
                strand_reindexing=strands,
            )
            return [jax.block_until_ready(found)]
        # Each size would be compiled anew, so a smaller batch is filled up.
        filled = [*questions, *[questions[-1]] * (size - len(questions))]
        found = together(*model, filled, strands, requested_outputs=requested_outputs)
        return jax.block_until_ready(found)[: len(questions)]

    def ask(
        parameters,
        state,
        *arrays,
        requested_outputs,
        negative_strand_mask,
        strand_reindexing,
    ):
        # In any other order, the same function would be compiled again.
        outputs = tuple(sorted(requested_outputs, key=lambda each: each.name))
        question = *arrays, negative_strand_mask
        leaves, structure = jax.tree.flatten(question)
        shapes = tuple((each.shape, str(each.dtype)) for each in leaves)
        return meeting.ask(
            (function, outputs, structure, shapes),
            arrays[0].shape[1],
            question,
            functools.partial(
                run,
                model=(parameters, state),
                strands=strand_reindexing,
                requested_outputs=outputs,
            ),
        )

    return ask
