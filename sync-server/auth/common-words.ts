/**
 * What people build passwords from, lower case, without accents. Words, names, teams, keyboard runs and what a hospital suggests; with the
 * endings, doublings and swapped letters that `password-strength.ts` takes away, they stand for several hundred thousand passwords.
 */
export const commonWords: ReadonlySet<string> = new Set(
  `
  password passwort passphrase passcode passwd pass parol contrasena senha motdepasse kennwort wachtwoord
  welcome willkommen bienvenue hello hallo letmein openme opensesame login logon signin access enter default guest user username
  admin administrator root system manager master superuser supervisor operator test testing tester temp temporary change changeme changethis
  secret private security secure trustme trustno qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm
  qazwsx qazwsxedc wsxedc edcrfv qweasd qweasdzxc qwer qwert asdfg zaqwsx poiuytrewq lkjhgfdsa mnbvcxz abcd abcde abcdef abcdefg abcdefgh abcdefghi
  abcdefghij abc abcabc iloveyou iloveu loveyou lovely loveme lover love babygirl babyboy baby princess prince queen king angel sweetheart sweety honey
  sunshine moonlight starlight rainbow flower flowers butterfly dragon monkey tiger lion eagle falcon shadow phoenix panther wolf bear horse dolphin
  kitten kitty puppy doggy chicken elephant summer winter spring autumn january february march april may june july august september october november december
  monday tuesday wednesday thursday friday saturday sunday football baseball basketball soccer cricket hockey tennis volleyball rugby golf
  liverpool arsenal chelsea manchester barcelona realmadrid juventus bayern pakistan zindabad pakistanzindabad india england germany france
  america canada australia london paris berlin lahore karachi islamabad peshawar rawalpindi multan quetta faisalabad hyderabad delhi mumbai
  superman batman spiderman ironman starwars pokemon pikachu naruto minecraft fortnite hannah matrix freedom whatever nothing everything
  something forever together blessed jesus christ church heaven god allah bismillah mashallah inshallah alhamdulillah muhammad mohammad mohammed
  ahmed ahmad ali hassan hussain usman umar bilal hamza fatima ayesha zainab maryam khadija sana hina sara sarah michael michelle jennifer jessica
  ashley amanda daniel david robert thomas andrew joshua matthew charlie charles george jordan hunter buster tigger maggie ginger pepper cookie
  chocolate banana orange apple cherry strawberry coffee cheese pizza computer internet laptop keyboard windows microsoft google facebook instagram
  youtube samsung iphone android nokia mercedes ferrari porsche yamaha honda toyota corvette mustang harley guitar music rockstar dancer
  hospital doctor nurse medical medicine clinic surgery surgeon ward patient patients consult hospitalconsult consultant pharmacy emergency trauma cardiology
  radiology pediatrics paediatrics orthopedics neurology oncology registrar resident houseofficer healthcare health ambulance stethoscope
  department reception theatre intensivecare icu physician anatomy hippocrates university college student teacher school
  correcthorsebatterystaple thisisapassword mypassword mypass newpassword oldpassword yourpassword nopassword thepassword ilovepassword
  thequickbrownfox onetwothree onetwothreefour trustno onepassword lastpass spring summertime wintertime goodmorning goodnight goodluck
  happy happiness smile family friends friend mother father brother sister daughter children mummy daddy grandma beautiful pretty
  liberty victory champion winner success money dollar million business company office worker
  `
    .split(/\s+/)
    .filter((word) => word !== ''),
);
