/// Ranks that MPI started: Open MPI, MPICH and its kin, found at run time.
package io.antiphon.mpi;
