// Stands in for NCCL where there is no GPU: on the memory of the host, as if every process had the
// same numbers. It holds callers to NCCL's signatures, the group's name by value among them.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char internal[128]; } ncclUniqueId;
struct ncclComm { int size; };

const char *ncclGetErrorString(int code) { return code == 4 ? "invalid argument" : "other"; }

int ncclGetUniqueId(ncclUniqueId *id) {
  for (int i = 0; i < 128; i++) id->internal[i] = (char)(i + 1);
  return 0;
}

int ncclCommInitRank(struct ncclComm **comm, int size, ncclUniqueId id, int rank) {
  for (int i = 0; i < 128; i++) if (id.internal[i] != (char)(i + 1)) return 4;
  if (rank < 0 || rank >= size) return 4;
  *comm = malloc(sizeof(struct ncclComm));
  (*comm)->size = size;
  return 0;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int operation,
                  struct ncclComm *comm, void *stream) {
  if (from != to || operation != 0 || stream != NULL) return 4;
  for (size_t i = 0; i < count; i++) {
    if (type == 4) ((long *)to)[i] *= comm->size;
    else if (type == 7) ((float *)to)[i] *= comm->size;
    else if (type == 8) ((double *)to)[i] *= comm->size;
    else return 4;
  }
  return 0;
}

int ncclBroadcast(const void *from, void *to, size_t count, int type, int root,
                  struct ncclComm *comm, void *stream) {
  if (from != to || type != 0 || root != 0 || stream != NULL) return 4;
  memset(to, 7, count);
  return 0;
}
