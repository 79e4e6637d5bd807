"""The tracks that a model lists, with which its answers are compared."""

import functools

import grpc

from endobench.core.errors import Unavailable
from endobench.model.alphagenome_client import dna_client
from endobench.model.client import refusal
from endobench.model.faults import fault_of
from endobench.model.retries import is_refusal, patiently
from endobench.model.strands import merging_of


class Listing:
    """The tracks that a model lists for an organism; asked for once.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    organism : dna_client.Organism
    """

    def __init__(self, client, organism):
        self.client = client
        self._organism = organism
        self._mergings = {}

    @functools.cached_property
    def _of_output(self):
        listed = self.client.output_metadata(self._organism)
        found = {each.name: listed.get(each) for each in dna_client.OutputType}
        return {name: tracks for name, tracks in found.items() if tracks is not None}

    def look(self):
        """Ask for the list now, so that the first answers need not wait for it.

        An answer that cannot be compared with the list is lost, though it was paid for.

        Returns
        -------
        Listing
            Itself.

        Raises
        ------
        InputError
            If the key is refused.
        Unavailable
            If the model does not list its tracks.
        """
        try:
            patiently(lambda: self._of_output)()
        except grpc.RpcError as error:
            if is_refusal(error):
                raise refusal(error, "the service") from None
            raise Unavailable(
                f"the service does not list its tracks: {fault_of(error)}"
            ) from error
        return self

    def of(self, output):
        """Return the metadata of an output's tracks, or None if it is not listed."""
        return self._of_output.get(output)

    def merging(self, output):
        """Return the `Merging` of an output's tracks, or None if it is not listed."""
        if output not in self._mergings:
            listed = self.of(output)
            made = None if listed is None else merging_of(listed, output)
            self._mergings[output] = made
        return self._mergings[output]

    def output_with(self, names):
        """Return the output that has exactly the tracks of these names, or None."""
        for output, tracks in self._of_output.items():
            if tracks["name"].tolist() == names:
                return output
        return None
