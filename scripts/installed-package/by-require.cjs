const library = require('robust-features')
const { use } = require('./use.mjs')

use(library)
