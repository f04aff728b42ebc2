// What RanksBenchmark's sums do, in C: in-place sums of floats, in chunks of 4 MiB.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  const long sizes[] = {1 << 12, 1 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 26}, chunk = 1 << 22;
  int rank, provided;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  float *numbers = calloc(1 << 26, 1);
  double *times = calloc(1000, sizeof(double));
  for (int s = 0; s < 6; s++) {
    long bytes = sizes[s];
    int count = bytes <= 1 << 16 ? 1000 : bytes <= 1 << 22 ? 200 : 30;
    for (int i = -count / 2; i < count; i++) {
      double start = MPI_Wtime();
      for (long at = 0; at < bytes; at += chunk) {
        long part = bytes - at < chunk ? bytes - at : chunk;
        MPI_Allreduce(MPI_IN_PLACE, numbers + at / 4, part / 4, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
      }
      if (i >= 0) {
        times[i] = (MPI_Wtime() - start) * 1e6;
      }
    }
    qsort(times, count, sizeof(double), compare);
    if (rank == 0) {
      printf("%ld\t%f\n", bytes, times[count / 2]);
    }
  }
  MPI_Finalize();
}
