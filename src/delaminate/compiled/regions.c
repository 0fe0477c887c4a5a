/* Regions of a picture by joining neighbours; see stages/segmentation/merge_tree.py and stages/matting/trimap.py. Every
   set of pixels is known by its first one, so that numbers follow the order in which regions begin. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

static uint32_t first_of(uint32_t *set, uint32_t at) {
    while (set[at] != at) {
        set[at] = set[set[at]];
        at = set[at];
    }
    return at;
}

static uint32_t join(uint32_t *set, uint32_t a, uint32_t b) {
    const uint32_t low = a < b ? a : b;
    set[a < b ? b : a] = low;
    return low;
}

/* Numbers the 4-connected regions of `where` (height * width bytes) from 1, 0 elsewhere. A pixel and the one to its
   right, or below it, belong together where `right` (height * (width - 1) bytes) or `below` ((height - 1) * width) says
   so. `labels` holds the result. Returns how many there are. */
int64_t delaminate_regions_number(
    const uint8_t *where, const uint8_t *right, const uint8_t *below, int64_t height, int64_t width, uint32_t *labels) {
    const int64_t count = height * width;
    for (int64_t k = 0; k < count; k++) labels[k] = (uint32_t)k;
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            const int64_t k = y * width + x;
            if (!where[k]) continue;
            if (x + 1 < width && where[k + 1] && right[y * (width - 1) + x])
                join(labels, first_of(labels, (uint32_t)k), first_of(labels, (uint32_t)(k + 1)));
            if (y + 1 < height && where[k + width] && below[k])
                join(labels, first_of(labels, (uint32_t)k), first_of(labels, (uint32_t)(k + width)));
        }
    }
    /* What a label points to lies before it, and has its number by then. */
    uint32_t found = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!where[k]) labels[k] = 0;
        else if (labels[k] == (uint32_t)k) labels[k] = ++found;
        else labels[k] = labels[labels[k]];
    }
    return found;
}

typedef struct {
    uint32_t cost; /* the bits of a float that is not negative: they sort as it does */
    uint32_t edge; /* 4 * pixel + direction */
} Edge;

/* Sorts by cost; edges of one cost keep their order. `spare` is as long as `edges`. */
static void sort(Edge *edges, Edge *spare, int64_t count) {
    static const int shifts[3] = {0, 11, 22};
    Edge *from = edges, *to = spare;
    for (int pass = 0; pass < 3; pass++) {
        int64_t starts[2049] = {0};
        for (int64_t k = 0; k < count; k++) starts[((from[k].cost >> shifts[pass]) & 2047) + 1]++;
        for (int k = 0; k < 2048; k++) starts[k + 1] += starts[k];
        for (int64_t k = 0; k < count; k++) to[starts[(from[k].cost >> shifts[pass]) & 2047]++] = from[k];
        Edge *const swap = from;
        from = to;
        to = swap;
    }
    memcpy(edges, spare, (size_t)count * sizeof(Edge)); /* three passes end in the spare */
}

/* Graph-based segments (Felzenszwalb and Huttenlocher, IJCV 2004) of height * width pixels of three floats each. Pixels
   have eight neighbours at Euclidean distances; segments of fewer than `smallest` pixels join the neighbour they are
   nearest to. `labels` gets numbers from 0. Returns how many there are, or -1 where memory ends. */
int64_t delaminate_regions_segments(
    const float *pixels, int64_t height, int64_t width, double scale, int64_t smallest, uint32_t *labels) {
    const int64_t count = height * width;
    Edge *const edges = malloc((size_t)(8 * count) * sizeof(Edge));
    float *const inner = calloc((size_t)count, sizeof(float));
    int32_t *const size = malloc((size_t)count * sizeof(int32_t));
    if (!edges || !inner || !size) {
        free(edges);
        free(inner);
        free(size);
        return -1;
    }
    const int64_t steps[4] = {1, width, width + 1, width - 1};
    int64_t edge_count = 0;
    for (int direction = 0; direction < 4; direction++) {
        for (int64_t y = 0; y + (direction > 0) < height; y++) {
            for (int64_t x = direction == 3; x + (direction == 0 || direction == 2) < width; x++) {
                const int64_t k = y * width + x;
                const float *const a = pixels + 3 * k, *const b = a + 3 * steps[direction];
                const float d0 = a[0] - b[0], d1 = a[1] - b[1], d2 = a[2] - b[2];
                const float cost = sqrtf(d0 * d0 + d1 * d1 + d2 * d2);
                memcpy(&edges[edge_count].cost, &cost, sizeof cost);
                edges[edge_count++].edge = (uint32_t)(4 * k + direction);
            }
        }
    }
    sort(edges, edges + edge_count, edge_count);
    for (int64_t k = 0; k < count; k++) {
        labels[k] = (uint32_t)k;
        size[k] = 1;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t e = 0; e < edge_count; e++) {
            const uint32_t from = edges[e].edge >> 2;
            const uint32_t a = first_of(labels, from);
            const uint32_t b = first_of(labels, from + (uint32_t)steps[edges[e].edge & 3]);
            if (a == b) continue;
            float cost;
            memcpy(&cost, &edges[e].cost, sizeof cost);
            const int alike = cost < inner[a] + scale / size[a] && cost < inner[b] + scale / size[b];
            if (pass == 0 ? alike : size[a] < smallest || size[b] < smallest) {
                const int32_t together = size[a] + size[b];
                const uint32_t both = join(labels, a, b);
                size[both] = together;
                inner[both] = cost;
            }
        }
    }
    uint32_t found = 0;
    for (int64_t k = 0; k < count; k++) labels[k] = labels[k] == (uint32_t)k ? found++ : labels[labels[k]];
    free(edges);
    free(inner);
    free(size);
    return found;
}
