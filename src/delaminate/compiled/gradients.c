/* Conjugate gradients for splitting/gradients.py, whose numpy code is the oracle.

   A field of h×w has a spring to zero in every pixel (pull) and one to each neighbour: beside, h×(w-1), to the right, and
   under, (h-1)×w, below. Sums are taken in LANES parts, the same on every machine, so that they vectorise. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define LANES 16

static double dot(const float *a, const float *b, int64_t n) {
    float part[LANES] = {0};
    double sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) part[k] += a[i + k] * b[i + k];
    for (int k = 0; k < LANES; k++) sum += part[k];
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* One row of what the springs make of a field; above and below are rows of it, NULL outside. */
static void image_row(const float *restrict at, const float *above, const float *below, const float *restrict pull,
                      const float *restrict beside, const float *over, const float *under, float *restrict out,
                      int64_t w) {
    for (int64_t j = 0; j < w; j++) out[j] = pull[j] * at[j];
    for (int64_t j = 0; j < w - 1; j++) out[j] -= beside[j] * (at[j + 1] - at[j]);
    for (int64_t j = 1; j < w; j++) out[j] += beside[j - 1] * (at[j] - at[j - 1]);
    if (above)
        for (int64_t j = 0; j < w; j++) out[j] += over[j] * (at[j] - above[j]);
    if (below)
        for (int64_t j = 0; j < w; j++) out[j] -= under[j] * (below[j] - at[j]);
}

/* The image of a whole field; the answer is its dot product with the field. */
static double image_of(const float *field, const float *pull, const float *beside, const float *under, float *out,
                       int64_t h, int64_t w) {
    double sum = 0;
    for (int64_t i = 0; i < h; i++) {
        const float *at = field + i * w;
        image_row(at, i ? at - w : NULL, i + 1 < h ? at + w : NULL, pull + i * w, beside + i * (w - 1),
                  i ? under + (i - 1) * w : NULL, under + i * w, out + i * w, w);
        sum += dot(at, out + i * w, w);
    }
    return sum;
}

/* Moves a field to where its image is what is wanted, in at most so many sweeps; 0, or -1 if memory ends. */
int64_t delaminate_gradients_solve(int64_t h, int64_t w, const float *pull, const float *beside, const float *under,
                                   const float *wanted, float *field, int64_t sweeps) {
    const int64_t n = h * w;
    float *rest = malloc((size_t)(3 * n) * sizeof(float));
    if (!rest) return -1;
    float *way = rest + n, *image = way + n;
    double square = 0, start = 0;
    image_of(field, pull, beside, under, image, h, w);
    for (int64_t i = 0; i < h; i++) {
        for (int64_t j = i * w; j < (i + 1) * w; j++) way[j] = rest[j] = wanted[j] - image[j];
        square += dot(rest + i * w, rest + i * w, w);
        start += dot(wanted + i * w, wanted + i * w, w);
    }
    for (; sweeps > 0 && square > 1e-8 * start && square > 0; sweeps--) {
        const double before = square;
        const float step = (float)(square / image_of(way, pull, beside, under, image, h, w));
        square = 0;
        for (int64_t i = 0; i < h; i++) {
            for (int64_t j = i * w; j < (i + 1) * w; j++) {
                field[j] += step * way[j];
                rest[j] -= step * image[j];
            }
            square += dot(rest + i * w, rest + i * w, w);
        }
        const float turn = (float)(square / before);
        for (int64_t i = 0; i < n; i++) way[i] = rest[i] + turn * way[i];
    }
    free(rest);
    return 0;
}
