/* The compiled core of closed-form matting and multilevel foreground; see stages/matting/ and stages/foreground/. */
int delaminate_matting_version(void) { return 1; }
