"""Write the demonstration's simulated inputs."""

from endobench.logs import door
from endobench.simulate import simulate, write_simulation


def main(snakemake):
    write_simulation(simulate(snakemake.params.seed), snakemake.output)


if __name__ == "__main__":
    with door(snakemake.log[0]):
        main(snakemake)
