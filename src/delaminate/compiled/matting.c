/*
 * The compiled core of closed-form matting (stages/matting/) and multilevel foreground (stages/foreground/).
 *
 * Pixels of interest are "cells": a raster-ordered list. Every sum is written in one fixed order, so the bytes do not
 * depend on threads or on the width of the processor's vectors (setup.py forbids contraction).
 */
#include <stddef.h>
#include <stdint.h>

#ifdef _MSC_VER
#define restrict __restrict
#endif

#ifdef _WIN32
#define API __declspec(dllexport)
#else
#define API
#endif

/* 13 planes: a pixel and its later neighbours within two rows and columns, (0,0) (0,1) (0,2) (1,-2) … (2,2). */
static int pair_of(int dy, int dx) { return dy == 0 ? dx : 5 * dy + dx; }

/* Inverse of the symmetric matrix [a b c; b d e; c e f], into (a b c d e f). */
static void invert(double m[6])
{
    const double a = m[0], b = m[1], c = m[2], d = m[3], e = m[4], f = m[5];
    const double i00 = d * f - e * e, i01 = c * e - b * f, i02 = b * e - c * d;
    const double scale = 1.0 / (a * i00 + b * i01 + c * i02);
    m[0] = i00 * scale;
    m[1] = i01 * scale;
    m[2] = i02 * scale;
    m[3] = (a * f - c * c) * scale;
    m[4] = (b * c - a * e) * scale;
    m[5] = (a * d - b * b) * scale;
}

/*
 * Add the matting Laplacian of 3×3 windows to `planes` (13 × cells).
 *
 * colour: cells × 3, 0..1.  runs: count × 4 of (cell of the first centre, length, step to the row above, to the row
 * below); every pixel of every window is a cell.
 */
API void delaminate_matting_laplacian(int64_t cells, const float *colour, int64_t count, const int32_t *runs,
                                      double epsilon, float *planes)
{
    for (int64_t k = 0; k < count; k++) {
        const int32_t *run = runs + 4 * k;
        for (int32_t n = 0; n < run[1]; n++) {
            const ptrdiff_t centre = run[0] + n;
            const ptrdiff_t rows[3] = {centre + run[2], centre, centre + run[3]};
            ptrdiff_t cell[9];
            double c[9][3], v[9][3], mean[3] = {0, 0, 0}, m[6] = {0, 0, 0, 0, 0, 0};
            for (int i = 0; i < 9; i++) {
                cell[i] = rows[i / 3] + i % 3 - 1;
                for (int b = 0; b < 3; b++) {
                    c[i][b] = colour[3 * cell[i] + b];
                    mean[b] += c[i][b];
                }
            }
            for (int b = 0; b < 3; b++)
                mean[b] /= 9.0;
            for (int i = 0; i < 9; i++) {
                for (int b = 0; b < 3; b++)
                    c[i][b] -= mean[b];
                m[0] += c[i][0] * c[i][0];
                m[1] += c[i][0] * c[i][1];
                m[2] += c[i][0] * c[i][2];
                m[3] += c[i][1] * c[i][1];
                m[4] += c[i][1] * c[i][2];
                m[5] += c[i][2] * c[i][2];
            }
            /* 1/9 of the covariance and 1/9 of the result cancel: (9 Σ + ε I)⁻¹ carries both (Levin 2008, eq. 12). */
            m[0] += epsilon;
            m[3] += epsilon;
            m[5] += epsilon;
            invert(m);
            for (int i = 0; i < 9; i++) {
                v[i][0] = m[0] * c[i][0] + m[1] * c[i][1] + m[2] * c[i][2];
                v[i][1] = m[1] * c[i][0] + m[3] * c[i][1] + m[4] * c[i][2];
                v[i][2] = m[2] * c[i][0] + m[4] * c[i][1] + m[5] * c[i][2];
            }
            for (int i = 0; i < 9; i++)
                for (int j = i; j < 9; j++) {
                    const double g = 1.0 / 9.0 + v[i][0] * c[j][0] + v[i][1] * c[j][1] + v[i][2] * c[j][2];
                    const int plane = pair_of(j / 3 - i / 3, j % 3 - i % 3);
                    planes[plane * cells + cell[i]] += (float)((i == j) - g);
                }
        }
    }
}

/*
 * y = L x on the unknown cells. runs: count × 6 of (first cell, length, steps to the rows at −2, −1, +1, +2).
 */
static void apply(int64_t cells, int64_t count, const int32_t *runs, const float *planes, const float *restrict x,
                       float *restrict y)
{
    const float *p0 = planes, *p1 = p0 + cells, *p2 = p1 + cells;
    const float *q = p2 + cells;
    for (int64_t k = 0; k < count; k++) {
        const int32_t *run = runs + 6 * k;
        const ptrdiff_t a = run[0], n = run[1];
        const ptrdiff_t u2 = a + run[2], u1 = a + run[3], d1 = a + run[4], d2 = a + run[5];
        for (ptrdiff_t i = 0; i < n; i++) {
            float s = p0[a + i] * x[a + i];
            s += p1[a + i] * x[a + i + 1] + p1[a + i - 1] * x[a + i - 1];
            s += p2[a + i] * x[a + i + 2] + p2[a + i - 2] * x[a + i - 2];
            for (int d = -2; d <= 2; d++) {
                const float *one = q + (d + 2) * cells, *two = q + (d + 7) * cells;
                s += one[a + i] * x[d1 + i + d] + one[u1 + i - d] * x[u1 + i - d];
                s += two[a + i] * x[d2 + i + d] + two[u2 + i - d] * x[u2 + i - d];
            }
            y[a + i] = s;
        }
    }
}

/* Sum of a·b·c over the unknown cells, in a fixed order. */
static double sum3(int64_t count, const int32_t *runs, const float *a, const float *b, const float *c)
{
    double total = 0;
    for (int64_t k = 0; k < count; k++) {
        const ptrdiff_t start = runs[6 * k], n = runs[6 * k + 1];
        double lanes[4] = {0, 0, 0, 0};
        ptrdiff_t i = 0;
        for (; i + 4 <= n; i += 4)
            for (int l = 0; l < 4; l++) {
                const ptrdiff_t j = start + i + l;
                lanes[l] += (double)a[j] * b[j] * (c ? c[j] : 1.0f);
            }
        for (; i < n; i++)
            lanes[0] += (double)a[start + i] * b[start + i] * (c ? c[start + i] : 1.0f);
        total += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    }
    return total;
}

/*
 * Conjugate gradients with the diagonal as preconditioner; up to `most` further steps, fewer once r·z ≤ goal.
 *
 * x holds the start and the fixed values, r the right-hand side; p and q are scratch. All have `cells` values; r, p and
 * q are zero outside the unknown cells. inverse is 1 / diagonal. rho is r·z of the step before, negative to start. Returns the steps made; rho tells how far it got.
 */
API int64_t delaminate_matting_solve(int64_t cells, int64_t count, const int32_t *runs, const float *planes,
                                     const float *inverse, float *x, float *r, float *p, float *q, int64_t most,
                                     double goal, double *rho)
{
    if (*rho < 0) {
        apply(cells, count, runs, planes, x, q);
        for (int64_t k = 0; k < count; k++)
            for (ptrdiff_t i = runs[6 * k]; i < runs[6 * k] + runs[6 * k + 1]; i++) {
                r[i] -= q[i];
                p[i] = inverse[i] * r[i];
            }
        *rho = sum3(count, runs, r, r, inverse);
    }
    for (int64_t step = 0; step < most; step++) {
        if (*rho <= goal)
            return step;
        apply(cells, count, runs, planes, p, q);
        const double curvature = sum3(count, runs, p, q, NULL);
        if (!(curvature > 0))
            return step;
        const float alpha = (float)(*rho / curvature);
        for (int64_t k = 0; k < count; k++)
            for (ptrdiff_t i = runs[6 * k]; i < runs[6 * k] + runs[6 * k + 1]; i++) {
                x[i] += alpha * p[i];
                r[i] -= alpha * q[i];
            }
        const double next = sum3(count, runs, r, r, inverse);
        const float beta = (float)(next / *rho);
        *rho = next;
        for (int64_t k = 0; k < count; k++)
            for (ptrdiff_t i = runs[6 * k]; i < runs[6 * k] + runs[6 * k + 1]; i++)
                p[i] = inverse[i] * r[i] + beta * p[i];
    }
    return most;
}

/*
 * One sweep of multilevel foreground over cells that do not neighbour each other (Germer 2020, eqs. 3 and 4).
 *
 * cell: count; beside: count × 4, the neighbouring cells or −1; known: per cell 0 for estimated, 1 for known foreground,
 * 2 for known background; alpha: cells; colour, fore, back: cells × 3, 0..1. fore and back of `cell` are replaced.
 */
API void delaminate_matting_foreground(int64_t count, const int32_t *cell, const int32_t *beside, const uint8_t *known,
                                       const float *alpha, const float *colour, float *fore, float *back,
                                       float regularity)
{
    for (int64_t k = 0; k < count; k++) {
        const int64_t i = cell[k];
        const float a = alpha[i], b = 1.0f - a;
        /* A little of itself, so that a pixel without neighbours has an answer. */
        float wf = regularity, wb = regularity, sf[3], sb[3];
        for (int c = 0; c < 3; c++) {
            sf[c] = regularity * fore[3 * i + c];
            sb[c] = regularity * back[3 * i + c];
        }
        for (int n = 0; n < 4; n++) {
            const int64_t j = beside[4 * k + n];
            if (j < 0)
                continue;
            const float step = a - alpha[j];
            const float w = regularity + (step < 0 ? -step : step);
            if (known[j] != 2) {
                wf += w;
                for (int c = 0; c < 3; c++)
                    sf[c] += w * fore[3 * j + c];
            }
            if (known[j] != 1) {
                wb += w;
                for (int c = 0; c < 3; c++)
                    sb[c] += w * back[3 * j + c];
            }
        }
        const float ff = a * a + wf, fb = a * b, bb = b * b + wb;
        const float scale = 1.0f / (ff * bb - fb * fb);
        for (int c = 0; c < 3; c++) {
            const float rf = a * colour[3 * i + c] + sf[c], rb = b * colour[3 * i + c] + sb[c];
            const float f = (bb * rf - fb * rb) * scale, g = (ff * rb - fb * rf) * scale;
            fore[3 * i + c] = f < 0 ? 0 : f > 1 ? 1 : f;
            back[3 * i + c] = g < 0 ? 0 : g > 1 ? 1 : g;
        }
    }
}
