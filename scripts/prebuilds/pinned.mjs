/**
 * The libraries that prebuilds contain. `release` is what everyone can download; `debian` is the source package of the
 * same code, verified by apt's signatures, for machines that reach a Debian mirror and nothing else: Debian's oneDNN
 * 3.7.2 carries upstream's changes up to 3.7.3 as a patch, so that both sources are the same code.
 */
export const pinned = {
  openblas: {
    title: 'OpenBLAS',
    version: '0.3.29',
    variable: 'ROBUST_FEATURES_OPENBLAS_SOURCE',
    release: {
      url: 'https://github.com/OpenMathLib/OpenBLAS/archive/refs/tags/v0.3.29.tar.gz',
      sha256: '38240eee1b29e2bde47ebb5d61160207dc68668a54cac62c076bb5032013b1eb',
    },
    debian: { suite: 'trixie', package: 'openblas', version: '0.3.29+ds-3', patches: [] },
  },
  onednn: {
    title: 'oneDNN',
    version: '3.7.3',
    variable: 'ROBUST_FEATURES_ONEDNN_SOURCE',
    release: {
      url: 'https://github.com/oneapi-src/oneDNN/archive/refs/tags/v3.7.3.tar.gz',
      sha256: '071f289dc961b43a3b7c8cbe8a305290a7c5d308ec4b2f586397749abdc88296',
    },
    debian: {
      suite: 'trixie',
      package: 'onednn',
      version: '3.7.2+ds-2',
      patches: ['upstream-3.7.3.patch'],
    },
  },
}
