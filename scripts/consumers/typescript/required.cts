import library = require('robust-features')

const { pgd }: typeof library = library
const { norm }: library.ThreatModel = pgd({ radius: 1 })
console.log(norm, typeof library.train)
