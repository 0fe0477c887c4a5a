/* The compiled core of the content-aware fill; see stages/inpainting/. */
int delaminate_patchmatch_version(void) { return 1; }
