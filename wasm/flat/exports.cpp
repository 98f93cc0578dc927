#include "flat/flat_scan.h"

using namespace elanus;

// Goes over rows [row_from, row_to) and leaves the nearest so far in the heaps.
ELANUS_EXPORT(flat_scan) void flat_scan(const FlatScanRequest* request) {
  FlatScan(*request).run();
}

// Sorts one query's heap and writes its hits, nearest first.
ELANUS_EXPORT(write_nearest)
void write_nearest(Entry* heap, uint32_t size, uint32_t metric, uint32_t* rows, float* distances) {
  sort_nearest_heap(heap, size);
  write_hits(heap, size, metric, rows, distances);
}

ELANUS_EXPORT(flat_scan_request_words) uint32_t flat_scan_request_words() {
  return sizeof(FlatScanRequest) / sizeof(uint32_t);
}
